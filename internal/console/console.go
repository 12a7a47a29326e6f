// Package console builds URLs for the AWS Management Console: AWS access portal links, which need no
// credentials, and federated sign-in URLs, for roles that are not in the portal.
package console

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// partition holds the domains of the console in an AWS partition.
type partition struct {
	signIn string // sign-in service, without the region
	domain string // console
}

// partitionOf returns the partition of a region.
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
		return partition{}, fmt.Errorf("console: the console URL of partition %s is not public", name)
	}
}

// SignInHost returns the host of the sign-in service in a region.
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

// PortalLink returns an access portal link that opens destination, or the home page if it is empty, in
// the console as a role. ok is false if the start URL is an issuer URL, which has no portal.
//
// For the format, see "Create shortcut links" in the IAM Identity Center User Guide.
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

// escape encodes a query value, with %20 for spaces since the query may be in a fragment.
func escape(value string) string { return strings.ReplaceAll(url.QueryEscape(value), "+", "%20") }

// ErrDestination means that a page is not in the console.
var ErrDestination = errors.New("not a page of the console")

// Destination returns the URL of a console page in a region. page is a service such as s3, an https URL
// of the console in the region's partition, or empty for the home page.
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

// LoginURL returns the URL that signs a browser in with a sign-in token. The URL is a secret.
func LoginURL(host, issuer, destination, token string) string {
	return host + "/federation?Action=login&Issuer=" + escape(issuer) + "&Destination=" + escape(destination) + "&SigninToken=" + escape(token)
}
