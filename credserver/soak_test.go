package credserver_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/credserver"
)

var soak = flag.Duration("soak", 2*time.Second, "how long TestSoak goes on")

// TestSoak runs 100 clients against credentials that are renewed about every second, with the token
// rotated as often: none gets an error or expired credentials.
func TestSoak(t *testing.T) {
	dev := newSource(5 * time.Second) // renewed after a quarter of that, or somewhat earlier
	s := newServer(t, dev)
	address := listen(t, s)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	defer client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(t.Context(), *soak)
	defer cancel()
	var clients sync.WaitGroup
	var responses atomic.Int64
	for range 100 {
		clients.Go(func() {
			for ctx.Err() == nil && !t.Failed() {
				if err := fetch(context.WithoutCancel(ctx), client, address, s); err != nil {
					t.Error(err)
				}
				responses.Add(1)
			}
		})
	}
	clients.Go(func() {
		for tick := time.Tick(time.Second); ; {
			select {
			case <-tick:
				s.Rotate("dev", time.Minute)
			case <-ctx.Done():
				return
			}
		}
	})
	clients.Wait()
	if most := 2*int(*soak/time.Second) + 2; dev.count() > most {
		t.Errorf("%d renewals, want %d at most", dev.count(), most)
	}
	t.Logf("%d responses, %d renewals", responses.Load(), dev.count())
}

// fetch asks once and checks what comes.
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

// BenchmarkHandler is what a warm response costs without the network.
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

// sink is a ResponseWriter that keeps nothing.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header       { return s.header }
func (*sink) Write(p []byte) (int, error) { return len(p), nil }
func (*sink) WriteHeader(int)             {}

// BenchmarkClients is a warm response on loopback, for one client, and for a thousand with a connection
// each of which two are asking at any time; all in one process, clients included. heap-B/op is by how much
// the live heap has grown.
//
//	go test -bench Clients -benchtime 1000000x
func BenchmarkClients(b *testing.B) {
	for _, n := range []int{1, 1000} {
		b.Run(fmt.Sprintf("clients=%d", n), func(b *testing.B) { benchmarkClients(b, n) })
	}
}

func benchmarkClients(b *testing.B, clients int) {
	s := newServer(b, newSource(48*time.Hour))
	address := listen(b, s)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	// A thousand clients that never pause measure the queue for two processors, not the server.
	slots := make(chan struct{}, 2)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var times []time.Duration
	var left atomic.Int64
	left.Store(int64(b.N))
	heap := liveHeap()
	b.ResetTimer()
	for range clients {
		wg.Go(func() {
			slots <- struct{}{}
			_ = fetch(b.Context(), client, address, s) // connects
			<-slots
			var mine []time.Duration
			for left.Add(-1) >= 0 {
				slots <- struct{}{}
				start := time.Now()
				err := fetch(b.Context(), client, address, s)
				mine = append(mine, time.Since(start))
				<-slots
				if err != nil {
					b.Error(err)
					break
				}
			}
			mu.Lock()
			defer mu.Unlock()
			times = append(times, mine...)
		})
	}
	wg.Wait()
	b.StopTimer()
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-µs")
	times = nil
	b.ReportMetric((liveHeap()-heap)/float64(b.N), "heap-B/op")
}

func liveHeap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
