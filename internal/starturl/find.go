package starturl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
)

// The limits of a search for the region.
const (
	maxRedirects = 5
	maxPage      = 1 << 20 // bytes
)

// Find returns the region of the Identity Center behind a start URL that is not configured
// yet: the region that Resolve finds, or else the one in the page of the access portal. It
// requests that page from AWS hosts only.
func Find(ctx context.Context, client Client, startURL string) (region string, err error) {
	u, err := url.Parse(startURL)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" {
		return "", fmt.Errorf("start URL %q is not an https URL", startURL)
	}
	target := u
	if !OwnedByAWS(u.Hostname()) {
		if target, err = redirect(ctx, client, u); err != nil {
			return "", fmt.Errorf("resolve start URL %q: %w", u.Redacted(), err)
		}
	}
	if region := Region(target.Hostname()); region != "" {
		return region, nil
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	page, err := portalPage(ctx, client, target)
	if err != nil {
		return "", fmt.Errorf("read the page of %s: %w", target.Hostname(), err)
	}
	if region := regionInPage(page); region != "" {
		return region, nil
	}
	return "", fmt.Errorf("the page of %s names no region", target.Hostname())
}

// portalPage returns the page at u. It follows redirects to AWS hosts.
func portalPage(ctx context.Context, client Client, u *url.URL) ([]byte, error) {
	for range maxRedirects {
		sent := *u
		sent.Fragment, sent.RawFragment = "", ""
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, sent.String(), nil)
		if err != nil {
			return nil, err
		}
		resp, err := client.Do(req)
		if err != nil {
			return nil, withoutURL(err)
		}
		page, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
		_ = resp.Body.Close()
		switch {
		case err != nil:
			return nil, err
		case resp.StatusCode == http.StatusOK:
			return page, nil
		case !isRedirect(resp.StatusCode):
			return nil, fmt.Errorf("HTTP status %d", resp.StatusCode)
		}
		if u, err = u.Parse(resp.Header.Get("Location")); err != nil || u.Scheme != "https" || !OwnedByAWS(u.Hostname()) {
			return nil, errors.New("redirects to another host than an AWS access portal")
		}
	}
	return nil, errors.New("too many redirects")
}

const regionPattern = `[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}`

// IsRegion reports whether text looks like the name of an AWS region.
func IsRegion(text string) bool {
	return regexp.MustCompile(`^` + regionPattern + `$`).MatchString(text)
}

// regionInPage returns the content of the meta element called region.
func regionInPage(page []byte) string {
	meta := regexp.MustCompile(`(?i)<meta\s+name=["']region["']\s+content=["'](` + regionPattern + `)["']`)
	if m := meta.FindSubmatch(page); m != nil {
		return string(m[1])
	}
	return ""
}
