// Package credserver serves AWS credentials over HTTP the way containers get them:
// every AWS SDK asks the address in AWS_CONTAINER_CREDENTIALS_FULL_URI, with a token,
// and asks again before the credentials expire. A program that runs for days never
// holds stale keys, and one in a container needs no file of the host.
//
//	p, err := provider.Load("dev")
//	if err != nil {
//		return err
//	}
//	s, err := credserver.New(credserver.Options{
//		Profiles: []credserver.Profile{{Name: "dev", Credentials: p}},
//	})
//	if err != nil {
//		return err
//	}
//	defer s.Close()
//	l, err := net.Listen("tcp", "127.0.0.1:0")
//	if err != nil {
//		return err
//	}
//	go s.Serve(l)
//	uri := "http://" + l.Addr().String() + s.Path("dev") // AWS_CONTAINER_CREDENTIALS_FULL_URI
//	token := string(s.Token("dev"))                      // AWS_CONTAINER_AUTHORIZATION_TOKEN
//
// The body of a response satisfies the container providers of all SDKs, and is at the same
// time what a credential_process prints, so that where no SDK takes the address (they
// take plain http from loopback only) curl does:
//
//	credential_process = curl -sf -H "Authorization: TOKEN" http://HOST:PORT/profiles/dev
//
// # Freshness
//
// Responses come from memory. Credentials are renewed in the background when 20 minutes are
// left (Options.RenewBefore), each profile by one call of its provider however many clients
// ask. While a renewal is under way, or fails, the old credentials are served until they
// expire, unless Profile.Check says that they may not be. A profile that nobody has asked for is not fetched, unless [Server.Warm] is
// called.
//
// # Threat model
//
// Role credentials are worth stealing, and any program and any web page on the machine can
// open a connection to a loopback port. The server defends against
//
//   - other users and programs on the machine, and containers: each profile has a token of
//     256 random bits, compared in constant time. The token of one profile opens no other;
//   - web pages, through a form, an image, fetch, a WebSocket or DNS rebinding: a request
//     needs the Authorization header, which a page cannot add without a preflight that
//     is refused; its Host has to be the address served; and Origin, Referer or Sec-Fetch-*
//     in it, which browsers add by themselves, get it refused whatever the token;
//   - open proxies and forwarders on the machine: X-Forwarded-For and Forwarded get a request
//     refused;
//   - floods: headers, bodies, times and the number of connections are bounded, and the idle
//     connections go first when there are too many.
//
// It does not defend against root, against programs of the same user that can read the
// environment or memory of a client or of the server, or, when it listens on anything but
// loopback or a Unix socket, against those who can read the network: it speaks plain http,
// as the SDKs do to it. Anyone with the token of a profile has its credentials until they
// expire, also after the server was stopped.
//
// The logger gets a record of each request and each renewal: time, path, profile, role,
// outcome and remote address. Queries, headers, tokens and credentials are not in it. The
// messages of the providers' errors are, in records and responses, so a provider must not
// put secrets into its errors.
package credserver
