package awsrest

import (
	"encoding/json"
	"fmt"
	"net/url"
)

// Query is the AWS Query protocol for an API version. The request is a form, and the response is XML such as
//
//	<AssumeRoleResponse><AssumeRoleResult>...</AssumeRoleResult><ResponseMetadata/></AssumeRoleResponse>
//
// or, for an error,
//
//	<ErrorResponse><Error><Type/><Code/><Message/></Error><RequestId/></ErrorResponse>
type Query string

func (Query) contentType() string { return "application/x-www-form-urlencoded" }

// encode returns the form. All input members must be strings.
func (version Query) encode(operation string, w *RequestWriter) ([]byte, error) {
	form := url.Values{"Action": {operation}, "Version": {string(version)}}
	for name, value := range w.body {
		text, ok := value.(string)
		if !ok {
			return nil, fmt.Errorf("%s is not a string", name)
		}
		form.Set(name, text)
	}
	return []byte(form.Encode()), nil
}

func (Query) result(operation string, body []byte) ([]byte, error) {
	root, err := parseXML(string(body))
	if err != nil {
		return nil, err
	}
	result := root.child(operation + "Result")
	if root.name != operation+"Response" || result == nil {
		return nil, fmt.Errorf("body has no %sResult", operation)
	}
	return json.Marshal(result.object())
}

func (Query) failure(body []byte) []byte {
	root, err := parseXML(string(body))
	if err != nil || root.child("Error") == nil {
		return nil
	}
	object, err := json.Marshal(root.child("Error").object())
	if err != nil {
		return nil
	}
	return object
}
