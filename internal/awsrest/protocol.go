package awsrest

// Protocol is how a service encodes inputs and outputs. A response becomes a JSON object in any protocol.
type Protocol interface {
	contentType() string
	encode(operation string, w *RequestWriter) ([]byte, error) // the body of a request; nil for none
	result(operation string, body []byte) ([]byte, error)      // the output in a response
	failure(body []byte) []byte                                // the error in a response; nil if there is none
}

// restJSON is the restJson1 protocol.
type restJSON struct{}

func (restJSON) contentType() string { return "application/json" }

func (restJSON) encode(_ string, w *RequestWriter) ([]byte, error) {
	if len(w.body) == 0 {
		return nil, nil
	}
	return w.encodeBody()
}

func (restJSON) result(_ string, body []byte) ([]byte, error) {
	if len(body) == 0 {
		return []byte("{}"), nil
	}
	return body, nil
}

func (restJSON) failure(body []byte) []byte { return body }

func (s *Service) protocol() Protocol {
	if s.Protocol == nil {
		return restJSON{}
	}
	return s.Protocol
}
