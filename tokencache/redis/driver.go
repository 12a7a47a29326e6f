package redis

import (
	"strings"
	"sync"

	"github.com/latchkey-sso/latchkey/tokenstore"
)

// PasswordVariable is the environment variable with the password, if the setting has no
// password_file.
const PasswordVariable = "LATCHKEY_REDIS_PASSWORD" //nolint:gosec // G101: its name

// Driver opens stores with these settings, in which rediss stands for TLS:
//
//	redis://[USER@]HOST[:PORT][/DB]?key_file=PATH
//	redis+sentinel://[USER@]HOST[:PORT],...[:PORT]/MASTER[/DB]?key_file=PATH
//	redis+cluster://[USER@]HOST[:PORT],...?key_file=PATH
//
// The parameters are:
//
//	key_file                the keys that encrypt the entries, see ParseKeys; required
//	password_file           the password of USER; otherwise it is in LATCHKEY_REDIS_PASSWORD
//	ca_file                 the certificates of the authorities to trust instead of the system's
//	cert_file               the certificate of this client, with cert_key_file
//	server_name             the name in the server's certificate, if the servers have IP addresses
//	sentinel_user           the user of the sentinels, with sentinel_password_file
//	timeout                 how long a call may take, from 100ms to 1m; 5s by default, see Options.Timeout
//
// Files with keys and passwords must be private to their owner. A ~ at the start of a path is the home
// directory. When the key file changes, running programs use its new keys.
var Driver = tokenstore.Driver{
	Schemes: []string{"redis", "rediss", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster"},
	Open:    open,
}

// stores are the clients of the settings that were opened, so that all users of a setting share
// tokens, locks and the connection.
var stores sync.Map // setting -> *Client

func open(s tokenstore.Setting) (*tokenstore.Store, error) {
	client, ok := stores.Load(s.String())
	if !ok {
		opts, err := readSetting(s)
		if err != nil {
			return nil, err
		}
		created, err := New(*opts)
		if err != nil {
			return nil, s.NewError(strings.TrimPrefix(err.Error(), "redis: "))
		}
		client, _ = stores.LoadOrStore(s.String(), created)
	}
	c := client.(*Client) //nolint:forcetypeassert // see stores
	return &tokenstore.Store{Name: c.opts.name(), Tokens: c.Tokens(), Roles: c.Roles(), Remote: true}, nil
}
