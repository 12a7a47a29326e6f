package command

import (
	"fmt"

	"github.com/aws/smithy-go/logging"
)

// logger shows warnings, and with --debug every step.
func (a *app) logger() logging.Logger {
	return logging.LoggerFunc(func(class logging.Classification, format string, args ...any) {
		if class != logging.Warn {
			a.debugf(format, args...)
			return
		}
		for i, arg := range args {
			if err, ok := arg.(error); ok {
				a.debugf("%v", err)
				args[i] = message(err)
			}
		}
		fmt.Fprintf(a.stderr, "latchkey: warning: %s\n", oneLine(fmt.Sprintf(format, args...)))
	})
}

func (a *app) debugf(format string, args ...any) {
	if a.debug {
		fmt.Fprintf(a.stderr, "debug: %s\n", oneLine(fmt.Sprintf(format, args...)))
	}
}
