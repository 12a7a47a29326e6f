package credserver_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/credserver"
)

var soak = flag.Duration("soak", 1500*time.Millisecond, "duration of TestSoak")

// TestSoak runs 100 clients while the credentials are renewed and the token is rotated about every second.
// No client gets an error.
func TestSoak(t *testing.T) {
	dev := newSource(5 * time.Second) // renewed after 1 to 1.25 s
	s := newServer(t, dev)
	address := listen(t, s)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	defer client.CloseIdleConnections()
	start := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), *soak)
	defer cancel()
	var clients sync.WaitGroup
	var responses atomic.Int64
	requests := &requests{current: new(sync.WaitGroup)}
	for range 100 {
		clients.Go(func() {
			for ctx.Err() == nil && !t.Failed() {
				done := requests.begin()
				if err := fetch(context.WithoutCancel(ctx), client, address, s); err != nil {
					t.Error(err)
				}
				done()
				responses.Add(1)
			}
		})
	}
	clients.Go(func() {
		for tick := time.Tick(time.Second); ; {
			select {
			case <-tick:
				requests.during(func() { s.Rotate("dev", time.Minute) })
			case <-ctx.Done():
				return
			}
		}
	})
	clients.Wait()
	if most := int(time.Since(start)/time.Second) + 1; dev.count() > most {
		t.Errorf("%d renewals, want %d at most", dev.count(), most)
	}
	t.Logf("%d responses, %d renewals", responses.Load(), dev.count())
}

// requests counts the requests in flight.
type requests struct {
	mu      sync.Mutex
	current *sync.WaitGroup // of the requests since the last rotation
}

func (r *requests) begin() (done func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	current := r.current
	current.Add(1)
	return current.Done
}

// during calls rotate, and waits for the requests that began before: a token is valid until the second rotation.
func (r *requests) during(rotate func()) {
	r.mu.Lock()
	before := r.current
	r.current = new(sync.WaitGroup)
	rotate()
	r.mu.Unlock()
	before.Wait()
}

// fetch sends one request and checks the response.
func fetch(ctx context.Context, client *http.Client, address string, s *credserver.Server) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/profiles/dev", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", string(s.Token("dev")))
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	var got struct {
		AccessKeyID string `json:"AccessKeyId"`
		Expiration  time.Time
	}
	if err := json.Unmarshal(body, &got); err != nil || resp.StatusCode != http.StatusOK || got.AccessKeyID == "" {
		return fmt.Errorf("%s, %v: %s", resp.Status, err, body)
	}
	return nil
}

// BenchmarkHandler measures a warm response without the network.
func BenchmarkHandler(b *testing.B) {
	s := newServer(b, newSource(time.Hour))
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "http://localhost"+s.Path("dev"), nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Authorization", string(s.Token("dev")))
	ask(s, "dev")
	b.ReportAllocs()
	for b.Loop() {
		s.ServeHTTP(&sink{header: http.Header{}}, r)
	}
}

// sink is a ResponseWriter that discards the response.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header       { return s.header }
func (*sink) Write(p []byte) (int, error) { return len(p), nil }
func (*sink) WriteHeader(int)             {}
