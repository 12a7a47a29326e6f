package redis

import (
	"context"
	"crypto/rand"
	mathrand "math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// lockName names a lock and what belongs to it.
type lockName struct {
	lock, fence, queue string

	// results are the records that waiters wait for: once the holder has one, all of them can go on
	// at the same time and read it too. If there are none, waiters take turns.
	results []string
}

func (k *keySet) lockName(session, kind string, parts ...string) lockName {
	lock := k.name(session, kind, parts...)
	return lockName{lock: lock, fence: k.name(session, kindFence), queue: lock + ":queue"}
}

// lease is a lock that this process holds.
type lease struct {
	client *Client
	name   lockName
	owner  string       // random; identifies the lease on the server
	fence  atomic.Int64 // larger than that of every earlier lease of the session
	done   atomic.Bool  // whether there is a result
}

// maxPoll is the longest time after which a waiter tries again to acquire a lock without being
// woken.
const maxPoll = 2 * time.Second

// lock acquires a lock. Goroutines of this Client take turns, so that only one waits on the server.
func (c *Client) lock(ctx context.Context, name lockName) (unlock func(), err error) {
	leave, err := c.locks.enter(ctx, name.lock)
	if err != nil {
		return nil, err
	}
	if err := c.outage.check(); err != nil {
		leave()
		return nil, err
	}
	l := &lease{client: c, name: name, owner: rand.Text()}
	held := context.WithoutCancel(ctx) // the lock stays held after ctx is done
	acquired, err := l.acquire(ctx)
	switch {
	case err != nil:
		go l.release(held) // a response may have been lost, and a waiter may be next
		leave()
		return nil, err
	case !acquired:
		return sync.OnceFunc(leave), nil
	}
	renewing, stop := context.WithCancel(held)
	c.locks.hold(l)
	go l.renewUntil(renewing)
	return sync.OnceFunc(func() {
		stop()
		c.locks.drop(l)
		l.release(held)
		leave()
	}), nil
}

// acquire waits until it acquires the lock, or ctx is done. It returns false and no error if the last
// holder had a result.
func (l *lease) acquire(ctx context.Context) (bool, error) {
	if held, _, err := l.try(ctx, l.client.opts.Timeout, false); held || err != nil {
		return held, err
	}
	woken, unsubscribe := l.subscribe(ctx)
	defer unsubscribe()
	for {
		held, rest, err := l.try(ctx, l.client.opts.Timeout, true)
		if held || err != nil {
			return held, err
		}
		// Waiters do not all try again at the same time.
		timer := time.NewTimer(min(rest, l.client.poll) + mathrand.N(maxPoll/10)) //nolint:gosec // G404: no secret
		select {
		case message := <-woken:
			if message == wakeAll {
				return false, nil
			}
		case <-timer.C:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// try acquires the lock if it is free, or renews the lease, with a new fence, if this one holds it. Otherwise it returns
// the rest of the lease of the holder. If wait is set, it joins the queue.
func (l *lease) try(ctx context.Context, timeout time.Duration, wait bool) (held bool, rest time.Duration, err error) {
	args := []string{l.owner, milliseconds(l.client.opts.Lease), ""}
	if wait {
		args[2] = "wait"
	}
	err = l.client.insist(ctx, timeout, func(ctx context.Context, conn rueidis.Client) error {
		reply, err := asStrings(acquireScript().Exec(ctx, conn, []string{l.name.lock, l.name.fence, l.name.queue}, args))
		if err != nil || len(reply) != 2 {
			return err
		}
		fence := number(reply[0])
		if held = fence != 0; held {
			l.fence.Store(fence)
		}
		rest = time.Duration(number(reply[1])) * time.Millisecond
		return nil
	})
	return held, rest, err
}

// subscribe returns a channel that receives something when the lock may be free. It returns once
// the server has confirmed the subscription, or after a short time: waiters also poll.
func (l *lease) subscribe(ctx context.Context) (woken <-chan string, unsubscribe func()) {
	ctx, cancel := context.WithCancel(ctx)
	channel := l.name.queue + ":" + l.owner
	wake, ready := make(chan string, 1), make(chan struct{})
	confirm := sync.OnceFunc(func() { close(ready) })
	conn, err := l.client.connect(ctx)
	if err != nil {
		return wake, cancel
	}
	go func() {
		defer confirm()
		hooked := rueidis.WithOnSubscriptionHook(ctx, func(rueidis.PubSubSubscription) { confirm() })
		_ = conn.Receive(hooked, conn.B().Ssubscribe().Channel(channel).Build(), func(m rueidis.PubSubMessage) {
			select {
			case wake <- m.Message:
			default:
			}
		})
	}()
	select {
	case <-ready:
	case <-time.After(l.client.opts.attemptTimeout()):
	case <-ctx.Done():
	}
	return wake, func() {
		cancel()
		go l.unsubscribe(context.WithoutCancel(ctx), conn, channel)
	}
}

func (l *lease) unsubscribe(ctx context.Context, conn rueidis.Client, channel string) {
	ctx, cancel := context.WithTimeout(ctx, l.client.opts.attemptTimeout())
	defer cancel()
	_ = conn.Do(ctx, conn.B().Sunsubscribe().Channel(channel).Build())
}

// renewUntil renews the lease until ctx is done. If another process has acquired the lock, renewing
// does nothing.
func (l *lease) renewUntil(ctx context.Context) {
	ticker := time.NewTicker(l.client.opts.Lease / 4)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		_ = l.client.insist(ctx, l.client.opts.Lease, func(ctx context.Context, conn rueidis.Client) error {
			return renewScript().Exec(ctx, conn, []string{l.name.lock}, []string{l.owner, milliseconds(l.client.opts.Lease)}).Error()
		})
	}
}

// wakeAll tells a waiter that there is a result.
const wakeAll = "all"

// release releases the lock, unless another process holds it, and wakes the next waiter, or all.
func (l *lease) release(ctx context.Context) {
	args := []string{l.owner, ""}
	if l.done.Load() {
		args[1] = wakeAll
	}
	for more := int64(1); more > 0; {
		err := l.client.insist(ctx, l.client.opts.attemptTimeout(), func(ctx context.Context, conn rueidis.Client) (err error) {
			more, err = releaseScript().Exec(ctx, conn, []string{l.name.lock, l.name.queue}, args).AsInt64()
			return err
		})
		if err != nil {
			return
		}
	}
}
