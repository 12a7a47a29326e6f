package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/console"
	"github.com/latchkey-sso/latchkey/internal/ssoclient"
	"github.com/latchkey-sso/latchkey/profile"
)

// consoleFlags are the flags of latchkey console.
type consoleFlags struct {
	region          string
	print, federate bool
	duration        time.Duration
}

func (a *app) consoleCommand() *cobra.Command {
	var f consoleFlags
	cmd := &cobra.Command{
		Use:   "console [flags] [service or URL]",
		Short: "Open the AWS console as the role of a profile",
		Long: `Open the AWS console in a browser as the role of a profile.

console opens a link to the AWS access portal. The link contains no credentials, lets
you sign in, and works beside console sessions of other accounts. The portal does not
list roles assumed with role_arn. For those, and with --federate, latchkey signs the
browser in with credentials.`,
		Example: `  latchkey console
  latchkey console --profile prod s3
  latchkey console -p prod --region us-east-1 logs
  latchkey console -p prod 'https://eu-west-1.console.aws.amazon.com/ec2/home#Instances:'
  latchkey console -p prod --print`,
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return console.Services(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.pickProfile(cmd.Context()); err != nil {
				return err
			}
			page := ""
			if len(args) == 1 {
				page = args[0]
			}
			return a.console(cmd.Context(), page, f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.region, "region", "", "console region (default: the profile's)")
	flags.BoolVar(&f.print, "print", false, "print the URL instead of opening it; with --federate, it is a secret")
	flags.BoolVar(&f.federate, "federate", false, "sign the browser in with the role's credentials")
	flags.DurationVar(&f.duration, "duration", 0, "with --federate, the length of the console session, from 15m to 12h (default: that of the credentials)")
	return cmd
}

func (a *app) console(ctx context.Context, page string, f consoleFlags) error {
	source, err := a.credentials(a.profile)
	if err != nil {
		return err
	}
	destination, err := consoleDestination(source, page, f.region)
	if err != nil {
		return err
	}
	end := source.signIn
	link, ok := console.PortalLink(end.Session.StartURL, end.AccountID, end.RoleName, destination)
	if f.federate || source.profile.RoleARN != "" || !ok {
		return a.federate(ctx, source, f, cmp.Or(destination, homePage(source, f.region)))
	}
	if f.duration != 0 {
		return &usageError{text: "--duration needs --federate", hint: "latchkey console --help"}
	}
	return a.showConsole(ctx, source, f, link, a.openPage)
}

// consoleDestination returns the URL of a page; empty for the home page if no region is known.
func consoleDestination(source *profileCredentials, page, region string) (string, error) {
	if page == "" && cmp.Or(region, source.region()) == "" {
		return "", nil
	}
	destination, err := console.Destination(page, consoleRegion(source, region))
	if errors.Is(err, console.ErrDestination) {
		return "", &usageError{text: fmt.Sprintf("%q is %v", page, err), hint: "use a service, such as s3, or an https URL of the console"}
	}
	return destination, err
}

func homePage(source *profileCredentials, region string) string {
	page, _ := console.Destination("", consoleRegion(source, region)) // consoleDestination has checked the partition
	return page
}

func consoleRegion(source *profileCredentials, region string) string {
	return cmp.Or(region, source.region(), source.signIn.Session.Region)
}

// federate opens the console with credentials.
func (a *app) federate(ctx context.Context, source *profileCredentials, f consoleFlags, destination string) error {
	switch {
	case f.duration != 0 && (f.duration < 15*time.Minute || f.duration > 12*time.Hour):
		return &usageError{text: "--duration must be between 15m and 12h", hint: "latchkey console --help"}
	case f.duration != 0 && source.profile.RoleARN != "":
		return &usageError{
			text: fmt.Sprintf("--duration does not work for profile %q: AWS ends the console session of a chained role with its credentials", source.profile.Name),
			hint: "omit --duration",
		}
	}
	endpoint, err := signInEndpoint(consoleRegion(source, f.region), source.profile.UseFIPS)
	if err != nil {
		return err
	}
	client, err := noRedirects(source.profile.SignIn())
	if err != nil {
		return err
	}
	creds, err := a.lastingCredentials(ctx, source)
	if err != nil {
		return err
	}
	token, err := console.Federation{Client: client, Endpoint: endpoint}.SignInToken(ctx, creds, f.duration)
	if errors.As(err, new(*url.Error)) {
		err = errors.New(unreachable(err))
	}
	if err != nil {
		return err
	}
	end := source.signIn
	issuer, _ := console.PortalLink(end.Session.StartURL, end.AccountID, end.RoleName, "")
	return a.showConsole(ctx, source, f, console.LoginURL(endpoint, issuer, destination, token), a.openSecret)
}

// signInEndpoint returns the base URL of the sign-in service in a region.
func signInEndpoint(region string, fips bool) (string, error) {
	const variable = "AWS_ENDPOINT_URL_SIGNIN"
	if endpoint := os.Getenv(variable); endpoint != "" {
		u, err := url.Parse(endpoint)
		if err != nil || u.Scheme != "https" && (u.Scheme != "http" || !ssoclient.IsLoopback(u.Hostname())) {
			return "", &usageError{text: variable + " is not an https URL", hint: "unset " + variable}
		}
		return endpoint, nil
	}
	host, err := console.SignInHost(region, fips)
	return "https://" + host, err
}

// noRedirects returns an HTTP client that trusts the CA bundle of a profile. It follows no
// redirects, which could send the credentials to another host.
func noRedirects(s profile.SignIn) (*http.Client, error) {
	buildable, err := ssoclient.HTTPClient(s, awshttp.NewBuildableClient())
	if err != nil {
		return nil, err
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if b, ok := buildable.(*awshttp.BuildableClient); ok {
		client.Transport = b.GetTransport()
	}
	return client, nil
}

// showConsole prints the URL, or opens it in a browser.
func (a *app) showConsole(ctx context.Context, source *profileCredentials, f consoleFlags, address string, open func(context.Context, machine, string) error) error {
	m := thisMachine()
	reason := m.noBrowser()
	if os.Getenv("BROWSER") != "" {
		reason = "" // it may open pages on another machine, as in VS Code
	}
	if f.print || reason != "" {
		if !f.print {
			fmt.Fprintf(a.stderr, "Not opening a browser because %s. Open this URL:\n", reason)
		}
		_, err := io.WriteString(a.stdout, address+"\n")
		return err
	}
	fmt.Fprintf(a.stderr, "Opening the console in a browser: role %s, account %s\n", oneLine(source.roleName()), oneLine(source.accountID()))
	if err := open(ctx, m, address); err != nil {
		return &hintedError{err, "print the URL with latchkey console --print"}
	}
	return nil
}
