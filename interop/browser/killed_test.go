package browser_test

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/latchkey-sso/latchkey/idctest"
)

// TestKilledBeforeApproval: the user opens the page again in another browser.
func TestKilledBeforeApproval(t *testing.T) {
	_, page, result := signIn(t)
	first := newBrowser(t)
	do(t, first, chromedp.Navigate(page))
	kill(t, first)
	second := newBrowser(t)
	do(t, second, chromedp.Navigate(page), chromedp.Click("button[value=approve]"))
	if err := <-result; err != nil {
		t.Error(err)
	}
}

// TestKilledDuringExchange: the user has approved, and needs no last page.
func TestKilledDuringExchange(t *testing.T) {
	server, page, result := signIn(t)
	until := make(chan struct{})
	server.Fail("CreateToken", idctest.Fault{Until: until})
	browser := newBrowser(t)
	do(t, browser, chromedp.Navigate(page), chromedp.Click("button[value=approve]"))
	for server.Count("CreateToken") == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	kill(t, browser)
	close(until)
	if err := <-result; err != nil {
		t.Error(err)
	}
}

func kill(t *testing.T, browser context.Context) {
	t.Helper()
	if err := chromedp.FromContext(browser).Browser.Process().Kill(); err != nil {
		t.Fatal(err)
	}
}
