package resttest

import (
	"errors"
	"strings"
	"testing"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// Output is the body of a response, and what a client makes of it.
type Output struct {
	Body    string
	Want    map[string]string // the members of the output
	WantErr string            // in the error; empty: no error
}

// CheckOutputs checks what an operation makes of each response with status 200.
func CheckOutputs(t *testing.T, tests map[string]Output, operation string, call func(*Server) (output any, err error)) {
	t.Helper()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := call(NewServer(t, Reply(200, tt.Body, "X-Amzn-Requestid", "r-1")))
			if tt.WantErr != "" {
				WantDeserializationError(t, err, operation, tt.WantErr)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			compare(t, "output", tt.Want, Members(got))
		})
	}
}

// WantDeserializationError checks that err is of a response with status 200 and request id r-1, names the operation and
// says want, and shows no SECRET of the body.
func WantDeserializationError(t *testing.T, err error, operation, want string) {
	t.Helper()
	var deserialization *smithy.DeserializationError
	var response *awshttp.ResponseError
	var op *smithy.OperationError
	if !errors.As(err, &deserialization) || !errors.As(err, &op) || !errors.As(err, &response) {
		t.Fatalf("error %v", err)
	}
	if op.Operation() != operation || response.HTTPStatusCode() != 200 || response.ServiceRequestID() != "r-1" {
		t.Errorf("error %v", err)
	}
	if !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
	if strings.Contains(err.Error(), "SECRET") || len(deserialization.Snapshot) > 0 {
		t.Errorf("error shows the body: %v", err)
	}
}
