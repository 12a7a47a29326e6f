package awsrest

// Protocol encodes inputs and decodes outputs. Every protocol converts responses to JSON.
type Protocol interface {
	contentType() string
	encode(operation string, w *RequestWriter) ([]byte, error) // request body; nil for none
	result(operation string, body []byte) ([]byte, error)      // output of a response, as JSON
	failure(body []byte) []byte                                // error of a response, as JSON; may be nil
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
