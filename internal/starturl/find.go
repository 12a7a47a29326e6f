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

const (
	maxRedirects = 5
	maxPage      = 1 << 20 // bytes
)

// Find returns the Identity Center region for a start URL: the one in the host name, after a
// redirect as in [Resolve], or else the one in the access portal's page. It requests that page
// from AWS hosts only.
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
		return "", fmt.Errorf("read page of %s: %w", target.Hostname(), err)
	}
	if region := regionInPage(page); region != "" {
		return region, nil
	}
	return "", fmt.Errorf("page of %s has no region", target.Hostname())
}

// portalPage returns the page at u, and follows redirects to AWS hosts only.
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
			return nil, errors.New("redirects to a host that is not an AWS access portal")
		}
	}
	return nil, errors.New("too many redirects")
}

const regionPattern = `[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}`

// IsRegion reports whether text looks like the name of an AWS region.
func IsRegion(text string) bool {
	return regexp.MustCompile(`^` + regionPattern + `$`).MatchString(text)
}

// regionInPage returns the content of the page's region meta element.
func regionInPage(page []byte) string {
	meta := regexp.MustCompile(`(?i)<meta\s+name=["']region["']\s+content=["'](` + regionPattern + `)["']`)
	if m := meta.FindSubmatch(page); m != nil {
		return string(m[1])
	}
	return ""
}
