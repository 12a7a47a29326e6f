package provider

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go/middleware"
)

// clockTolerance is how far the local clock may be off before it is worth a word.
// Everything here goes by minutes.
const clockTolerance = 5 * time.Minute

// clockNote says how wrong the local clock is, by the time at which Identity Center
// says it answered; empty where it is right, or server is the zero time. An expiry
// that makes no sense is most often a clock that is wrong.
func (p *Provider) clockNote(server time.Time) string {
	if server.IsZero() {
		return ""
	}
	switch off := p.opts.Now().Sub(server); {
	case off > clockTolerance:
		return fmt.Sprintf(" (the clock of this machine is %s ahead of Identity Center's)", off.Round(time.Minute))
	case off < -clockTolerance:
		return fmt.Sprintf(" (the clock of this machine is %s behind Identity Center's)", (-off).Round(time.Minute))
	}
	return ""
}

// answeredAt returns the Date of the answer that err is about, or the zero time.
func answeredAt(err error) time.Time {
	var response *awshttp.ResponseError
	if !errors.As(err, &response) || response.Response == nil {
		return time.Time{}
	}
	date, perr := http.ParseTime(response.Response.Header.Get("Date"))
	if perr != nil {
		return time.Time{}
	}
	return date
}

// dateOf returns the Date of a successful answer, or the zero time.
func dateOf(metadata middleware.Metadata) time.Time {
	date, _ := awsmiddleware.GetServerTime(metadata)
	return date
}
