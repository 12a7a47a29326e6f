// Package console builds the addresses of the AWS Management Console: links of the AWS access portal, which need no
// credentials, and sign-ins by federation, for roles that the portal does not have.
package console

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// partition is where the console of a partition of AWS is.
type partition struct {
	signIn string // domain of the sign-in service; a region comes before it
	domain string // of the console
}

// partitions are those with a public console, by the names of AWS.
func partitionOf(region string) (partition, error) {
	switch name := awsrest.PartitionName(region); name {
	case "aws":
		return partition{"signin.aws.amazon.com", "console.aws.amazon.com"}, nil
	case "aws-cn":
		return partition{"signin.amazonaws.cn", "console.amazonaws.cn"}, nil
	case "aws-us-gov":
		return partition{"signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com"}, nil
	case "aws-eusc":
		return partition{"signin.amazonaws-eusc.eu", "console.amazonaws-eusc.eu"}, nil
	default:
		return partition{}, fmt.Errorf("console: the address of the console in partition %s is not public", name)
	}
}

// SignInHost returns the host of the sign-in service of a region.
func SignInHost(region string, fips bool) (string, error) {
	p, err := partitionOf(region)
	if err != nil {
		return "", err
	}
	if fips && p.signIn == "signin.amazonaws-us-gov.com" {
		if region == "us-gov-west-1" {
			return "signin-fips.amazonaws-us-gov.com", nil
		}
		return region + ".signin-fips.amazonaws-us-gov.com", nil
	}
	return region + "." + p.signIn, nil
}

// PortalLink returns the link of an access portal that opens the console as a role, at a destination, or the home page
// if that is empty. ok is false for a start URL that is no portal: an issuer URL.
//
// The form is that of "Creating a shortcut link" in the user guide of Identity Center.
func PortalLink(startURL, accountID, roleName, destination string) (link string, ok bool) {
	base, _, _ := strings.Cut(startURL, "#")
	base = strings.TrimRight(base, "/")
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || strings.HasPrefix(strings.ToLower(u.Hostname()), "identitycenter.") {
		return "", false
	}
	link = base + "/#/console?account_id=" + escape(accountID) + "&role_name=" + escape(roleName)
	if destination != "" {
		link += "&destination=" + escape(destination)
	}
	return link, true
}

// escape encodes a value for the query of a link: a space as %20, which readers of fragments understand too.
func escape(value string) string { return strings.ReplaceAll(url.QueryEscape(value), "+", "%20") }

// ErrDestination is the error of Destination about a page that is no page of the console.
var ErrDestination = errors.New("not a page of the console")

// Destination returns the address of a page of the console in a region: of a service, such as s3, or an https address, which
// has to be one of the console in that partition. The home page is that of an empty page.
func Destination(page, region string) (string, error) {
	p, err := partitionOf(region)
	if err != nil {
		return "", err
	}
	if strings.Contains(page, "://") {
		u, err := url.Parse(page)
		if err != nil || u.Scheme != "https" || u.User != nil || u.Host != p.domain && !strings.HasSuffix(u.Host, "."+p.domain) {
			return "", fmt.Errorf("%w in this partition, which is at https://%s", ErrDestination, p.domain)
		}
		return page, nil
	}
	path, fragment, ok := pathOf(strings.ToLower(page))
	if !ok {
		return "", ErrDestination
	}
	u := url.URL{Scheme: "https", Host: region + "." + p.domain, Path: "/" + path, RawQuery: "region=" + region, Fragment: fragment}
	if global(path) {
		u.Host, u.RawQuery = p.domain, ""
	}
	return u.String(), nil
}

// LoginURL returns the address that signs a browser in with a token of the sign-in service, which is a secret.
func LoginURL(host, issuer, destination, token string) string {
	return host + "/federation?Action=login&Issuer=" + escape(issuer) + "&Destination=" + escape(destination) + "&SigninToken=" + escape(token)
}
