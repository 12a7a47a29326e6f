package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/latchkey-sso/latchkey/internal/tokencopy"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// session returns the session of the profile, or one without settings.
func (c *checker) session() *profile.Session {
	if c.profile == nil {
		return &profile.Session{Name: "latchkey-doctor"}
	}
	return c.profile.Session
}

// tokenDir returns the directory of the token files, or the name of a store that has none.
func (c *checker) tokenDir() string {
	if path := tokencopy.File(c.store.Tokens, ""); path != "" {
		return filepath.Dir(path)
	}
	return c.store.Name
}

// openStore opens the token store of the session, and says how other AWS tools use it.
func (c *checker) openStore(ctx context.Context) {
	store, err := c.Open(c.session())
	if err != nil {
		c.failWith("store", err)
		c.otherSignIn(ctx, tokencopy.For(c.session(), nil))
		return
	}
	c.store = store
	if c.profile == nil {
		return
	}
	text := "the sign-in is kept in " + store.Name
	selected := c.Getenv(tokenstore.Variable) != ""
	if selected {
		text += ", which " + tokenstore.Variable + " selects"
	}
	if shared, err := tokencache.DefaultDir(); err != nil || store.Tokens == shared {
		if selected {
			c.ok("store", text)
		}
		return
	}
	other := tokencopy.For(c.session(), store.Tokens)
	holds := other.HoldsSignIn(ctx, c.Now())
	switch {
	case other.Path() == "": // another way to the files that AWS tools read
	case holds:
		text += "; AWS tools use a sign-in in plain files"
	case c.session().ShareAccessToken:
		text += "; AWS tools find a copy of the access token in " + other.Path()
	default:
		text += "; AWS tools do not read it, and get credentials from latchkey credential-process, exec or serve"
	}
	c.ok("store", text)
	c.otherSignIn(ctx, other)
}

// unreachable reports whether the token store must not be used: it is on a server, and no requests are allowed.
func (c *checker) unreachable() bool { return c.Offline && c.store.Remote }

// otherSignIn warns about a sign-in in the files that AWS tools share, beside that of the store or
// instead of it. It does not read the store, which may ask the user for its key.
func (c *checker) otherSignIn(ctx context.Context, other tokencopy.Copy) {
	if !other.HoldsSignIn(ctx, c.Now()) {
		return
	}
	which, fix := "another", "latchkey logout"+c.profileFlag()+" signs out of both"
	switch {
	case c.store == nil:
		which, fix = "a", "" // the store has to be fixed first
	case c.isEmpty(ctx):
		which, fix = "a", "latchkey store copy --from file"+c.profileFlag()+" moves it to the store"
	}
	c.add(Result{
		Check: "store", Status: Warning, File: other.Path(),
		Message: "the file holds " + which + " sign-in to the session, in plain text",
		Fix:     fix,
	})
}

// isEmpty reports whether the store is known to have no token of the session. It does not need the key of
// encrypted files.
func (c *checker) isEmpty(ctx context.Context) bool {
	key := c.session().CacheKey()
	if path := tokencopy.File(c.store.Tokens, key); path != "" {
		_, err := os.Lstat(path)
		return errors.Is(err, fs.ErrNotExist)
	}
	if c.unreachable() {
		return false
	}
	_, err := c.store.Tokens.Load(ctx, key)
	return errors.Is(err, tokencache.ErrNotFound)
}
