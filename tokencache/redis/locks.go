package redis

import (
	"context"
	"slices"
	"sync"
)

// locks are the locks that a Client holds or waits for.
type locks struct {
	mu    sync.Mutex
	turns map[string]*turn  // by name of the lock
	held  map[string]*lease // by name of the lock
	last  map[string]int64  // the fence of the last lease that was dropped, by name of the lock
}

// turn lets one goroutine at a time use a lock.
type turn struct {
	taken chan struct{}
	users int // goroutines that have or wait for the turn
}

func (l *locks) enter(ctx context.Context, name string) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	if l.turns == nil {
		l.turns, l.held, l.last = map[string]*turn{}, map[string]*lease{}, map[string]int64{}
	}
	t := l.turns[name]
	if t == nil {
		t = &turn{taken: make(chan struct{}, 1)}
		l.turns[name] = t
	}
	t.users++
	l.mu.Unlock()
	select {
	case t.taken <- struct{}{}:
		return func() { <-t.taken; l.exit(name, t) }, nil
	case <-ctx.Done():
		l.exit(name, t)
		return nil, ctx.Err()
	}
}

func (l *locks) exit(name string, t *turn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.users--; t.users == 0 {
		delete(l.turns, name)
	}
}

// hold records a lease that was acquired.
func (l *locks) hold(of *lease) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held[of.name.lock] = of
}

// drop forgets a lease that was released or lost.
func (l *locks) drop(of *lease) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[of.name.lock] == of {
		delete(l.held, of.name.lock)
		l.last[of.name.lock] = of.fence.Load()
	}
}

// done tells the leases of locks whose waiters wait for a record that it was read or stored.
func (l *locks) done(record string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, of := range l.held {
		if slices.Contains(of.name.results, record) {
			of.done.Store(true)
		}
	}
}

// lease returns the lease of a lock that this Client holds, or nil.
func (l *locks) lease(name string) *lease {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held[name]
}

// fence returns the fence of the lease of a lock, or of the last one that this Client held: a token that
// could not be stored in time is stored later, without a lock. It returns 0 if there was none.
func (l *locks) fence(name string) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if held := l.held[name]; held != nil {
		return held.fence.Load()
	}
	return l.last[name]
}
