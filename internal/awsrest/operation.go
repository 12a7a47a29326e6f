package awsrest

import (
	"context"
	"fmt"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// Spec is the part of a request that does not depend on the input.
type Spec struct {
	Name   string
	Method string
	Path   string
	Query  string // fixed query string, if any
	Signed bool   // whether the request is signed with SigV4
}

// Operation describes an operation of a service.
type Operation[In, Out any] struct {
	Spec

	// Validate reports invalid input members.
	Validate func(*In, *Params)

	// Encode writes the input.
	Encode func(*In, *RequestWriter)

	// Decode reads the response. Nil means that the body is ignored.
	Decode func(*Object, *Out)

	// Metadata returns a pointer to the output's metadata.
	Metadata func(*Out) *middleware.Metadata

	// SingleUse reports whether the input contains a single-use token or code, so that the request must not be
	// resent if its response may have been lost. Nil means never.
	SingleUse func(*In) bool
}

// operation is an Operation without type parameters, for the middleware.
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

// decode returns a new *Out, read from o if the operation has a Decode.
func (op *Operation[In, Out]) decode(o *Object) any {
	out := new(Out)
	if op.Decode != nil {
		op.Decode(o, out)
	}
	return out
}

// Params collects validation errors of an input.
type Params struct{ invalid smithy.InvalidParamsError }

// Require reports a member that is nil or empty. The service's error would not name it.
func (p *Params) Require(name string, value *string) {
	if value == nil || *value == "" {
		p.invalid.Add(smithy.NewErrParamRequired(name))
	}
}

// RequireHeader is Require for a member that is sent in a header. It also rejects control characters.
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

// headerTextError reports a value with a control character, usually a line break.
type headerTextError struct{ context, field string }

func (e *headerTextError) Field() string             { return e.context + "." + e.field }
func (e *headerTextError) SetContext(context string) { e.context = context }
func (e *headerTextError) AddNestedContext(string)   {}

func (e *headerTextError) Error() string {
	return "control character or line break in field, " + e.Field() + "."
}

// validateInput rejects an invalid input before anything is sent.
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
