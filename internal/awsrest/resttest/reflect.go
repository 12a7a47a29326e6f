package resttest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"
)

// Operations are those of a client: methods of (context, input, options...) (output, error).
func Operations(client any) []string {
	var names []string
	t := reflect.TypeOf(client)
	for m := range t.Methods() {
		f := m.Type
		if f.IsVariadic() && f.NumIn() == 4 && f.In(2).Kind() == reflect.Pointer && f.NumOut() == 2 {
			names = append(names, m.Name)
		}
	}
	return names
}

// Call calls an operation of a client, ours or the SDK's, with an input that fill has changed.
func Call(ctx context.Context, tb testing.TB, client any, operation string, fill func(input any)) (output any, err error) {
	tb.Helper()
	method := reflect.ValueOf(client).MethodByName(operation)
	if !method.IsValid() {
		tb.Fatalf("%T has no operation %s", client, operation)
	}
	input := reflect.New(method.Type().In(1).Elem())
	fill(input.Interface())
	results := method.Call([]reflect.Value{reflect.ValueOf(ctx), input})
	if !results[0].IsNil() {
		output = results[0].Interface()
	}
	err, _ = results[1].Interface().(error)
	return output, err
}

// FillSnapshot sets every member of an input to what the SDK's snapshots hold.
func FillSnapshot(v any) { fillSnapshot(v, nil) }

// FillSnapshotWith returns a function that does the same, with another value of one member.
func FillSnapshotWith(member, text string) func(v any) {
	return func(v any) {
		FillSnapshot(v)
		reflect.ValueOf(v).Elem().FieldByName(member).Set(reflect.ValueOf(&text))
	}
}

// Filled returns v, a wanted output or error, with every member but those named set to what the
// SDK's snapshots hold.
func Filled[T any](v *T, but ...string) *T {
	fillSnapshot(v, but)
	return v
}

func fillSnapshot(v any, but []string) {
	fill := reflect.Indirect(reflect.ValueOf(v))
	for i := range fill.NumField() {
		if f := fill.Type().Field(i); f.IsExported() && !slices.Contains(but, f.Name) {
			fillField(fill.Field(i), "__"+f.Name+"__")
		}
	}
}

func fillField(field reflect.Value, text string) {
	switch p := field.Addr().Interface().(type) {
	case **string:
		*p = &text
	case **int32:
		*p = new(int32(1))
	case *int32:
		*p = 1
	case *int64:
		*p = 1
	case *[]string:
		*p = []string{"__Member__", "__Member__"}
	}
}

// Members flattens an input, output or error into its members, by path, so that values of our types
// compare with those of the SDK's. What is nil is left out.
func Members(v any) map[string]string {
	members := map[string]string{}
	flatten(members, "", reflect.ValueOf(v))
	return members
}

func flatten(members map[string]string, path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			flatten(members, path, v.Elem())
		}
	case reflect.Slice:
		if v.IsNil() {
			return
		}
		members[path+"#"] = fmt.Sprint(v.Len())
		for i := range v.Len() {
			flatten(members, fmt.Sprintf("%s[%d]", path, i), v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			flatten(members, path+"."+key.String(), v.MapIndex(key))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if field.IsExported() && field.Name != "ResultMetadata" && !field.Anonymous {
				flatten(members, path+"."+field.Name, v.Field(i))
			}
		}
	default:
		members[path] = fmt.Sprint(v.Interface())
	}
}
