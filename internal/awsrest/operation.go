package awsrest

import (
	"context"
	"fmt"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// Spec is what an operation sends whatever its input.
type Spec struct {
	Name   string
	Method string
	Path   string
	Query  string // fixed query string, empty for most
	Signed bool   // with SigV4; the others carry no AWS credentials
}

// Operation describes one operation of a service, with its input and output types.
type Operation[In, Out any] struct {
	Spec

	// Validate reports what is missing from the input.
	Validate func(*In, *Params)

	// Encode writes the input.
	Encode func(*In, *RequestWriter)

	// Decode reads the answer; nil when it has no body worth reading.
	Decode func(*Object, *Out)

	// Metadata points at the output's metadata.
	Metadata func(*Out) *middleware.Metadata

	// SingleUse reports whether the input spends something that the service accepts only once, so
	// that the request must not be repeated if its answer may have been lost. Nil: never.
	SingleUse func(*In) bool
}

// operation is an Operation whose types have been erased, for the middleware.
type operation interface {
	spec() *Spec
	validate(in any) error
	encode(in any, w *RequestWriter) error
	decode(o *Object) any
	hasBody() bool
}

func (op *Operation[In, Out]) spec() *Spec   { return &op.Spec }
func (op *Operation[In, Out]) hasBody() bool { return op.Decode != nil }

func (op *Operation[In, Out]) validate(in any) error {
	typed, ok := in.(*In)
	if !ok {
		return fmt.Errorf("input is %T, not %T", in, typed)
	}
	p := Params{invalid: smithy.InvalidParamsError{Context: op.Name + "Input"}}
	op.Validate(typed, &p)
	if p.invalid.Len() > 0 {
		return p.invalid
	}
	return nil
}

func (op *Operation[In, Out]) encode(in any, w *RequestWriter) error {
	typed, ok := in.(*In)
	if !ok {
		return fmt.Errorf("input is %T, not %T", in, typed)
	}
	op.Encode(typed, w)
	return nil
}

// decode returns a new *Out, with what o holds unless the operation's answer has no body.
func (op *Operation[In, Out]) decode(o *Object) any {
	out := new(Out)
	if op.Decode != nil {
		op.Decode(o, out)
	}
	return out
}

// Params collects what is wrong with an input.
type Params struct{ invalid smithy.InvalidParamsError }

// Require says that the member named must be there, and not empty: the service answers an empty one
// with nothing that would tell the caller what to mend.
func (p *Params) Require(name string, value *string) {
	if value == nil || *value == "" {
		p.invalid.Add(smithy.NewErrParamRequired(name))
	}
}

// RequireHeader is Require for a member that travels in a header, whose value must be fit for one.
// The value is not shown.
func (p *Params) RequireHeader(name string, value *string) {
	p.Require(name, value)
	if value == nil {
		return
	}
	for i := range len(*value) {
		if b := (*value)[i]; b < ' ' && b != '\t' || b == 0x7f {
			p.invalid.Add(&headerTextError{field: name})
			return
		}
	}
}

// headerTextError is the fault of a value with a control character, a line break most likely.
type headerTextError struct{ context, field string }

func (e *headerTextError) Field() string             { return e.context + "." + e.field }
func (e *headerTextError) SetContext(context string) { e.context = context }
func (e *headerTextError) AddNestedContext(string)   {}

func (e *headerTextError) Error() string {
	return "control character or line break in field, " + e.Field() + "."
}

// validateInput is the first middleware: nothing is sent for an input that lacks a member.
type validateInput struct{ op operation }

func (*validateInput) ID() string { return "OperationInputValidation" }

func (m *validateInput) HandleInitialize(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
	middleware.InitializeOutput, middleware.Metadata, error,
) {
	if err := m.op.validate(in.Parameters); err != nil {
		return middleware.InitializeOutput{}, middleware.Metadata{}, err
	}
	return next.HandleInitialize(ctx, in)
}
