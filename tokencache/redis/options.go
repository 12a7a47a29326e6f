package redis

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"github.com/latchkey-sso/latchkey/tokencache"
)

// Options configures a Client.
type Options struct {
	// Addrs are the addresses HOST:PORT of the server, of some nodes of the cluster, or of
	// the sentinels. At least one is required.
	Addrs []string

	// Master is the name of the master that the sentinels monitor. If it is empty, Addrs are
	// not sentinels.
	Master string

	// Cluster means that Addrs are nodes of a cluster.
	Cluster bool

	// DB is the number of the database. A cluster has only database 0.
	DB int

	// Username and Password are those of an ACL user. Both may be empty; without Username,
	// Password is that of the user "default".
	Username string
	Password tokencache.Secret

	// SentinelUsername and SentinelPassword are those of the sentinels. Both may be empty.
	SentinelUsername string
	SentinelPassword tokencache.Secret

	// TLS enables TLS, to sentinels too. Without it, anyone on the network path can read
	// Password, delete what is stored and replay it, but not decrypt it.
	TLS *tls.Config

	// Keys encrypts everything that is stored. It is required.
	Keys *Keys

	// Lease is how long a lock outlives its process, or the connection of its process. Zero
	// means 20 seconds. All clients of a server must use the same value. It must be shorter
	// than ssotoken.Options.LockTimeout.
	Lease time.Duration

	// Timeout is how long a call may take if the server does not respond. Zero means 5
	// seconds. Storing a refreshed token may take twice as long, since it is lost otherwise.
	// If Timeout is longer than a quarter of Lease, a refresh token may be sent twice when the
	// server responds that late.
	Timeout time.Duration
}

func (o *Options) validate() error {
	o.Lease = cmp.Or(o.Lease, 20*time.Second)
	o.Timeout = cmp.Or(o.Timeout, 5*time.Second)
	switch {
	case len(o.Addrs) == 0:
		return errors.New("redis: no address")
	case o.Keys == nil:
		return errors.New("redis: no keys to encrypt with")
	case o.Lease < 0 || o.Timeout < 0:
		return errors.New("redis: the lease or the timeout is negative")
	case o.Cluster && (o.Master != "" || o.DB != 0):
		return errors.New("redis: a cluster has no sentinels, and no database but 0")
	}
	return nil
}

const (
	bufferSize = 16 << 10

	// keepAlive is how often an idle connection is checked. Thousands of programs must not load the
	// server with that, and a network that drops packets must be noticed before a lease expires.
	keepAlive = 5 * time.Second
)

// attemptTimeout is the time limit of a connection, and of a request that is sent once.
func (o *Options) attemptTimeout() time.Duration { return 2 * o.Timeout / 5 }

// client returns the options of the client library.
func (o *Options) client() rueidis.ClientOption {
	dialer := net.Dialer{Timeout: o.attemptTimeout(), KeepAlive: keepAlive}
	return rueidis.ClientOption{
		InitAddress: o.Addrs, TLSConfig: o.TLS, Dialer: dialer,
		Username: o.Username, Password: string(o.Password), SelectDB: o.DB, ClientName: "latchkey",
		Sentinel: rueidis.SentinelOption{
			MasterSet: o.Master, TLSConfig: o.TLS, Dialer: dialer,
			Username: o.SentinelUsername, Password: string(o.SentinelPassword),
			TopologyRefreshInterval: sentinelRefresh(o.Master),
		},
		ForceSingleClient:   !o.Cluster && o.Master == "",
		ConnWriteTimeout:    o.attemptTimeout(),
		DisableRetry:        true, // Client.do does it
		DisableCache:        true,
		PipelineMultiplex:   -1, // one connection
		RingScaleEachConn:   8,
		ReadBufferEachConn:  bufferSize,
		WriteBufferEachConn: bufferSize,
	}
}

func sentinelRefresh(master string) time.Duration {
	if master == "" {
		return 0
	}
	return 5 * time.Second
}

// name describes the server to users.
func (o *Options) name() string {
	addrs := strings.Join(o.Addrs, ",")
	switch {
	case o.Master != "":
		return fmt.Sprintf("the Redis master %s (sentinels %s)", o.Master, addrs)
	case o.Cluster:
		return "the Redis cluster " + addrs
	}
	return "the Redis server " + addrs
}

// New returns a Client. It makes no request.
func New(opts Options) (*Client, error) {
	if err := opts.validate(); err != nil {
		return nil, err
	}
	return &Client{opts: opts, now: time.Now, poll: maxPoll}, nil //nolint:forbidigo // the real clock
}
