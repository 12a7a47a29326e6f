package doctor

import (
	"context"
	"errors"
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
		return
	}
	c.store = store
	shared, err := tokencache.DefaultDir()
	if c.profile == nil || err != nil {
		return
	}
	session := c.profile.Session
	text := "the sign-in is kept in " + store.Name
	selected := c.Getenv(tokenstore.Variable) != ""
	if selected {
		text += ", which " + tokenstore.Variable + " selects"
	}
	if store.Tokens == shared {
		if selected {
			c.ok("store", text)
		}
		return
	}
	path := tokencopy.For(session, store.Tokens).Path()
	switch {
	case path == "": // another way to the files that AWS tools read
	case session.ShareAccessToken:
		text += "; AWS tools find a copy of the access token in " + path
	default:
		text += "; AWS tools do not read it, and get credentials from latchkey credential-process, exec or serve"
	}
	c.ok("store", text)
	if !c.unreachable() {
		c.otherSignIn(ctx, shared, path)
	}
}

// unreachable reports whether the token store must not be used: it is on a server, and no requests are allowed.
func (c *checker) unreachable() bool { return c.Offline && c.store.Remote }

// otherSignIn warns about a sign-in in the files that AWS tools share, beside that of the store.
func (c *checker) otherSignIn(ctx context.Context, shared tokencache.Dir, path string) {
	key := c.session().CacheKey()
	other, err := shared.Load(ctx, key)
	if path == "" || err != nil || other.IsAccessCopy() {
		return
	}
	fix := "latchkey logout" + c.profileFlag() + " signs out of both"
	if _, err := c.store.Tokens.Load(ctx, key); errors.Is(err, tokencache.ErrNotFound) {
		fix = "latchkey store copy --from file" + c.profileFlag()
	}
	c.add(Result{Check: "store", Status: Warning, File: path, Message: "the file holds another sign-in to the session, in plain text", Fix: fix})
}
