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
		l.turns, l.held = map[string]*turn{}, map[string]*lease{}
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
