package redis

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/latchkey-sso/latchkey/tokenstore"
)

const (
	serverPort   = "6379"
	sentinelPort = "26379"
)

// setAddress sets what the scheme and the value of a setting say: //[USER@]HOST[:PORT],.../PATH.
func (o *Options) setAddress(s tokenstore.Setting) error {
	rest, ok := strings.CutPrefix(s.Value, "//")
	if !ok {
		return s.NewError("write " + s.Scheme + "://host:port")
	}
	authority, path, _ := strings.Cut(rest, "/")
	if user, hosts, ok := cutLast(authority, "@"); ok {
		name, err := url.PathUnescape(user)
		if err != nil {
			return s.NewError("the user is not encoded correctly: write %25 for %")
		}
		o.Username, authority = name, hosts
	}
	port := serverPort
	_, mode, _ := strings.Cut(s.Scheme, "+")
	if mode == "sentinel" {
		port = sentinelPort
	}
	for host := range strings.SplitSeq(authority, ",") {
		address, ok := withPort(host, port)
		if !ok {
			return s.NewError("the address " + strconv.Quote(host) + " is not HOST:PORT")
		}
		o.Addrs = append(o.Addrs, address)
	}
	return o.setPath(s, mode, path)
}

// setPath sets what follows the addresses.
func (o *Options) setPath(s tokenstore.Setting, mode, path string) error {
	switch mode {
	case "cluster":
		o.Cluster = true
		if path != "" {
			return s.NewError("a cluster has no database numbers")
		}
		return nil
	case "sentinel":
		o.Master, path, _ = strings.Cut(path, "/")
		if o.Master == "" {
			return s.NewError("the name of the master is missing: write " + s.Scheme + "://host:port/master")
		}
	default:
		if len(o.Addrs) > 1 {
			return s.NewError("there are several addresses: write redis+sentinel: or redis+cluster:")
		}
	}
	if path == "" {
		return nil
	}
	db, err := strconv.ParseUint(path, 10, 16)
	if err != nil {
		return s.NewError("the database " + strconv.Quote(path) + " is not a number")
	}
	o.DB = int(db)
	return nil
}

// withPort returns an address with a port. ok is false if it is invalid.
func withPort(address, port string) (full string, ok bool) {
	host, given, err := net.SplitHostPort(address)
	if err != nil { // no port
		host, given = strings.Trim(address, "[]"), port
		if strings.Contains(host, ":") && !strings.HasPrefix(address, "[") {
			return "", false
		}
	}
	if _, err := strconv.ParseUint(given, 10, 16); err != nil || host == "" || strings.ContainsAny(host, " /@?#") {
		return "", false
	}
	return net.JoinHostPort(host, given), true
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", s, false
}
