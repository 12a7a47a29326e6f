// Package credserver serves AWS credentials over HTTP with the container credentials protocol:
// every AWS SDK sends a token to the URL in AWS_CONTAINER_CREDENTIALS_FULL_URI, and refreshes the
// credentials before they expire. Long-running programs always have valid credentials, and
// programs in a container need no files from the host.
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
// A response is also valid credential_process output. SDKs accept plain http only from loopback
// addresses; elsewhere, use curl:
//
//	credential_process = curl -sf -H "Authorization: TOKEN" http://HOST:PORT/profiles/dev
//
// # Freshness
//
// Responses come from memory. The server renews credentials in the background 20 minutes before
// they expire (Options.RenewBefore), with one call to the provider regardless of the number of
// clients. During a renewal, or if it fails, the server serves the old credentials until they
// expire, unless Profile.Check rejects them. It fetches a profile's credentials on the first
// request, or when [Server.Warm] is called.
//
// # Threat model
//
// Any program and any web page on the machine can connect to a loopback port. The server defends
// against
//
//   - other users, programs and containers: each profile has its own token of 256 random bits,
//     compared in constant time;
//   - web pages that use forms, images, fetch, WebSockets or DNS rebinding: a request needs the
//     Authorization header, which another origin can add only after a preflight request, which the
//     server rejects. The Host header must be an address of the server. Requests with Origin,
//     Referer or Sec-Fetch-*, which browsers send, are rejected even with a valid token;
//   - open proxies and forwarders on the machine: a request with X-Forwarded-For or Forwarded is
//     rejected;
//   - denial of service: the server limits headers, bodies, times and connections, and closes idle
//     connections first if there are too many.
//
// It does not defend against root, or against programs of the same user that can read the
// environment or memory of a client or the server. On a non-loopback address it does not defend
// against eavesdropping: it uses plain http. Clients keep credentials until they expire, even after
// the server has stopped.
//
// The logger receives a record of each request and each renewal: time, path, profile, role, outcome
// and remote address. Records never contain queries, headers, tokens or credentials. Records and
// responses contain the text of providers' errors, which must not contain secrets.
package credserver
