package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/credserver"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// serveFlags are the flags of latchkey serve.
type serveFlags struct {
	selection

	listen, socket     string
	port               uint16
	hosts              []string
	format             string
	envFile, tokenFile string
	rotate             time.Duration
	imds               bool
}

const (
	// tokenGrace is how long a token is accepted that was replaced in its file. SDKs read the file
	// before each request.
	tokenGrace = 5 * time.Minute

	// shutdownTime is how long the requests under way may take when the server stops.
	shutdownTime = 3 * time.Second
)

func (a *app) serveCommand() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve [profile...]",
		Short: "Serve credentials to containers and to programs that run for days",
		Long: `Serve credentials of one or more profiles over HTTP, as the AWS SDKs ask for them in
containers, and renew them ahead of need. It prints the environment variables that a
program needs, and stays in the foreground until Ctrl-C:

  latchkey serve dev --port 4711 --env-file dev.env &
  docker run --network host --env-file dev.env image

Each profile has a token that opens no other. The token is new at each start; with
--token-file, programs read it from a file, so that they survive a restart, and it is
replaced by SIGHUP or --rotate.

Without a sign-in the server starts all the same, responds with the error LoginRequired,
and goes on by itself after latchkey login. A line on stderr, as JSON, records each request.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.names = append(f.names, args...)
			if err := f.check(cmd); err != nil {
				return err
			}
			ends := []os.Signal{syscall.SIGTERM, os.Interrupt}
			if f.tokenFile == "" {
				ends = append(ends, syscall.SIGHUP) // the terminal is gone: see wait
			}
			_, _, err := untilSignal(cmd.Context(), func(ctx context.Context) (struct{}, error) {
				return struct{}{}, a.serve(ctx, f)
			}, ends...)
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&f.names, "profile", "p", nil, "profile to serve; may be repeated (default: $AWS_PROFILE, else \"default\")")
	_ = cmd.RegisterFlagCompletionFunc("profile", func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		names, _, _ := profile.Names() // a damaged line is of no concern here
		return completions(names), cobra.ShellCompDirectiveNoFileComp
	})
	flags.BoolVar(&f.all, "all", false, "serve every profile that gives role credentials")
	flags.StringArrayVar(&f.allowProfiles, "allow-profile", nil, "serve only profiles whose name matches this pattern, such as 'dev-*'; may be repeated")
	flags.StringArrayVar(&f.allowRoles, "allow-role", nil, "serve only roles that match this pattern, such as ReadOnly or '111122223333/*'; may be repeated")
	flags.Uint16Var(&f.port, "port", 0, "port to listen on (default: a free one)")
	flags.StringVar(&f.listen, "listen", "127.0.0.1", "address to listen on; on any but loopback, those who can read the network can read the credentials")
	flags.StringArrayVar(&f.hosts, "allow-host", nil, "name that requests may have as their Host, such as host.docker.internal; may be repeated")
	flags.StringVar(&f.socket, "unix", "", "listen on this Unix socket too, for those who forward one")
	flags.StringVar(&f.format, "print", "", "format of the environment: sh, fish, powershell, cmd, dotenv or json (default: sh; dotenv with --env-file)")
	flags.StringVar(&f.envFile, "env-file", "", "write the environment to this file, mode 0600, instead of stdout; "+placeholder+" stands for the profile")
	flags.StringVar(&f.tokenFile, "token-file", "", "keep the token in this file, mode 0600, instead of the environment; "+placeholder+" stands for the profile")
	flags.DurationVar(&f.rotate, "rotate", 0, "replace the token in --token-file this often, such as 1h")
	flags.BoolVar(&f.imds, "imds", false, "speak IMDSv2 too, for programs that know only the metadata service of EC2")
	return cmd
}

// check returns the error about flags that do not go together, and fills in defaults.
func (f *serveFlags) check(cmd *cobra.Command) error {
	wrong := func(text string) error { return &usageError{text: text, hint: cmd.CommandPath() + " --help"} }
	switch {
	case f.all && len(f.names) > 0:
		return wrong("--all and the names of profiles exclude each other")
	case f.rotate != 0 && f.tokenFile == "":
		return wrong("--rotate needs --token-file")
	case f.rotate < 0 || f.rotate > 0 && f.rotate < time.Second:
		return wrong("--rotate needs at least one second")
	case net.ParseIP(f.listen) == nil:
		return wrong(fmt.Sprintf("--listen needs an IP address, not %q", f.listen))
	}
	if f.format == "" {
		f.format = defaultFormat()
		if f.envFile != "" {
			f.format = "dotenv"
		}
	}
	_, err := formatEnvironments(f.format, nil)
	return err
}

// serving is a server with where it listens and what it has written.
type serving struct {
	*serveFlags
	app      *app
	server   *credserver.Server
	profiles []*profile.Profile
	address  string // host:port for clients
	files    map[string]bool
}

// serve serves until ctx is done, and returns nil then.
func (a *app) serve(ctx context.Context, f serveFlags) error {
	s, err := a.newServing(&f) //nolint:contextcheck // the server ends with Close, not with a context
	if err != nil {
		return err
	}
	defer s.shutdown() //nolint:contextcheck // ctx is done by then
	listeners, err := s.open(ctx)
	if err != nil {
		return err
	}
	failed := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() { failed <- s.server.Serve(l) }()
	}
	defer s.clean()
	if err := s.writeTokens(ctx); err != nil {
		return err
	}
	if err := s.printEnvironments(ctx); err != nil {
		return err
	}
	go func() { _ = s.server.Warm(ctx) }() // errors are logged, and in the responses
	return s.wait(ctx, failed)
}

// shutdown stops the server. What has not finished in time is cut off.
func (s *serving) shutdown() {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	_ = s.server.Shutdown(ctx)
}

func (a *app) newServing(f *serveFlags) (*serving, error) {
	profiles, err := f.profiles()
	if err != nil {
		return nil, err
	}
	roles, err := rolecache.DefaultDir()
	if err != nil {
		return nil, err
	}
	tokens, err := tokencache.DefaultDir()
	if err != nil {
		return nil, err
	}
	opts := credserver.Options{
		Hosts: f.hosts, Describe: describe, IMDS: f.imds, Now: a.now,
		Logger: slog.New(slog.NewJSONHandler(a.stderr, nil)),
	}
	var names []string
	for _, p := range profiles {
		names = append(names, p.Name)
		opts.Profiles = append(opts.Profiles, a.served(p, tokens, roles))
	}
	if f.envFile != "" && f.format != "json" {
		if err := checkFiles("env-file", f.envFile, names); err != nil {
			return nil, err
		}
	}
	if f.tokenFile != "" {
		if err := checkFiles("token-file", f.tokenFile, names); err != nil {
			return nil, err
		}
	}
	server, err := credserver.New(opts)
	return &serving{serveFlags: f, app: a, server: server, profiles: profiles, files: map[string]bool{}}, err
}

// open listens on the address, and on the socket if there is to be one.
func (s *serving) open(ctx context.Context) ([]net.Listener, error) {
	network := "tcp6"
	if net.ParseIP(s.listen).To4() != nil {
		network = "tcp4" // "tcp" would take 0.0.0.0 for every IPv6 address too
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, network, net.JoinHostPort(s.listen, strconv.Itoa(int(s.port))))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, &hintedError{
			fmt.Errorf("port %d is taken by another program", s.port),
			"choose another port with --port, or leave it out for a free one",
		}
	case err != nil:
		return nil, &hintedError{
			fmt.Errorf("listen on %s port %d: %s", s.listen, s.port, networkCause(err)),
			"check --listen and --port",
		}
	}
	listeners := []net.Listener{l}
	s.address = s.clientAddress(l.Addr().(*net.TCPAddr))
	if s.socket != "" {
		unix, err := listenUnix(ctx, s.socket)
		if err != nil {
			l.Close()
			return nil, err
		}
		listeners = append(listeners, unix)
	}
	return listeners, nil
}

// clientAddress is where clients on this machine find the server, and with a warning where that
// is not the only place.
func (s *serving) clientAddress(at *net.TCPAddr) string {
	port := strconv.Itoa(at.Port)
	if at.IP.IsLoopback() {
		return net.JoinHostPort(at.IP.String(), port)
	}
	fmt.Fprintf(s.app.stderr, "latchkey: warning: listening on %s: credentials cross that network unencrypted, and anyone with the token can get them\n", at)
	fmt.Fprintf(s.app.stderr, "hint: SDKs take credentials over http from loopback only; in a container: "+
		"credential_process = curl -sf -H \"Authorization: TOKEN\" http://HOST:%s/profiles/NAME\n", port)
	if at.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return net.JoinHostPort(at.IP.String(), port)
}

// wait returns when ctx is done, or when a listener fails. Until then it replaces tokens when it
// is time to, or asked to.
func (s *serving) wait(ctx context.Context, failed <-chan error) error {
	var tick <-chan time.Time
	hangup := make(chan os.Signal, 1)
	if s.tokenFile != "" {
		// Without a file nobody would learn of a new token, and the signal means that the
		// terminal is gone.
		signal.Notify(hangup, syscall.SIGHUP)
		defer signal.Stop(hangup)
		if s.rotate > 0 {
			tick = time.Tick(s.rotate)
		}
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case <-tick:
		case <-hangup:
		}
		for _, p := range s.profiles {
			s.server.Rotate(p.Name, tokenGrace)
		}
		if err := s.writeTokens(ctx); err != nil {
			// The old tokens are in the files still: stop rather than refuse everybody.
			return err
		}
	}
}
