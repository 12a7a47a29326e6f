package resttest

import (
	"maps"
	"net/http"
	"slices"
	"testing"
)

// Suite compares a client with the SDK's client of the same service.
type Suite struct {
	Module  string            // the SDK's module, whose tests have the snapshots
	Ours    func(*Server) any // returns our client, without retries
	Theirs  func(*Server) any // returns the SDK's client
	Signed  func(*Server) any // returns our client with the credentials of the snapshots; nil for Ours
	Outputs map[string]any    // of the operations, as in the snapshots
	Errors  map[string]error  // of the exceptions, as in the snapshots
	Bodies  map[string]string // of responses to compare the outputs of
	Retried func(*Server) any // returns our client, with retries
}

// Run runs the comparisons as subtests.
func (s Suite) Run(t *testing.T) {
	t.Helper()
	t.Run("operations", s.operations)
	t.Run("requests", s.requests)
	t.Run("responses", s.responses)
	t.Run("errors", s.errors)
	t.Run("like the SDK", s.likeTheSDK)
	t.Run("missing input", s.missingInput)
}

func (s Suite) operations(t *testing.T) {
	server := NewServer(t, Reply(400, ""))
	got, want := Operations(s.Ours(server)), Operations(s.Theirs(server))
	if !slices.Equal(got, want) || len(got) != 4 {
		t.Errorf("operations %v, the SDK has %v", got, want)
	}
}

func (s Suite) requests(t *testing.T) {
	client := s.Ours
	if s.Signed != nil {
		client = s.Signed
	}
	for _, snapshot := range Snapshots(t, s.Module, "request.snap") {
		t.Run(snapshot.Name, func(t *testing.T) {
			server := NewServer(t, Reply(400, ""))
			_, _ = Call(t.Context(), t, client(server), snapshot.Name, FillSnapshot)
			CompareRequest(t, snapshot, server.Requests())
		})
	}
}

func (s Suite) responses(t *testing.T) {
	outputs := maps.Clone(s.Outputs)
	for _, snapshot := range Snapshots(t, s.Module, "response.snap") {
		t.Run(snapshot.Name, func(t *testing.T) {
			server := NewServer(t, Reply(snapshot.Status(), snapshot.Body))
			got, err := Call(t.Context(), t, s.Ours(server), snapshot.Name, FillSnapshot)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, "output", outputs[snapshot.Name], got)
		})
		delete(outputs, snapshot.Name)
	}
	if len(outputs) > 0 {
		t.Errorf("no snapshots of %v", slices.Collect(maps.Keys(outputs)))
	}
}

func (s Suite) errors(t *testing.T) {
	errs := maps.Clone(s.Errors)
	operations := Operations(s.Ours(NewServer(t, Reply(400, ""))))
	for _, snapshot := range Snapshots(t, s.Module, "error.snap") {
		for _, operation := range operations {
			t.Run(snapshot.Name+"/"+operation, func(t *testing.T) {
				server := NewServer(t, Reply(snapshot.Status(), snapshot.Body, "X-Amzn-Requestid", "r-1"))
				_, err := Call(t.Context(), t, s.Ours(server), operation, FillSnapshot)
				CompareError(t, errs[snapshot.Name], snapshot.Status(), err)
			})
		}
		delete(errs, snapshot.Name)
	}
	if len(errs) > 0 {
		t.Errorf("no snapshots of %v", slices.Collect(maps.Keys(errs)))
	}
}

// likeTheSDK sends the same inputs with both clients.
func (s Suite) likeTheSDK(t *testing.T) {
	for operation, body := range s.Bodies {
		t.Run(operation, func(t *testing.T) {
			server := NewServer(t, Reply(200, body))
			CompareClients(t, server, operation, s.Theirs(server), s.Retried(server))
		})
	}
}

func (s Suite) missingInput(t *testing.T) {
	server := NewServer(t, func(http.ResponseWriter, *http.Request, int) {})
	for _, operation := range Operations(s.Ours(server)) {
		t.Run(operation, func(t *testing.T) {
			CompareMissing(t, operation, s.Theirs(server), s.Ours(server))
		})
	}
	if n := len(server.Requests()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}
