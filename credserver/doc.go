// Package credserver serves AWS credentials over HTTP, in the way containers get them: every AWS
// SDK sends a token to the URL in AWS_CONTAINER_CREDENTIALS_FULL_URI, and asks again before the
// credentials expire. A long-running program always has valid credentials, and a program in a
// container needs no file of the host.
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
// A response is also valid output of a credential_process. SDKs accept plain http from loopback
// addresses only; elsewhere, curl can fetch the credentials:
//
//	credential_process = curl -sf -H "Authorization: TOKEN" http://HOST:PORT/profiles/dev
//
// # Freshness
//
// Responses come from memory. The server renews credentials in the background 20 minutes before
// they expire (Options.RenewBefore), with one call of the provider however many clients ask. During
// a renewal, and after one that failed, it serves the old credentials until they expire, unless
// Profile.Check rejects them. It fetches the credentials of a profile on the first request, or when
// [Server.Warm] is called.
//
// # Threat model
//
// Any program and any web page on the machine can connect to a loopback port. The server defends
// against
//
//   - other users, programs and containers: each profile has a token of 256 random bits, compared
//     in constant time. It gives access to that profile only;
//   - web pages that use forms, images, fetch, WebSockets or DNS rebinding: a request needs the
//     Authorization header, which a page of another origin can add only after a preflight that the
//     server rejects. The Host header must be the address of the server. A request with Origin,
//     Referer or Sec-Fetch-*, which only browsers send, is rejected even with the right token;
//   - open proxies and forwarders on the machine: a request with X-Forwarded-For or Forwarded is
//     rejected;
//   - floods: the server bounds headers, bodies, times and connections, and closes idle connections
//     first when there are too many.
//
// It does not defend against root, or against programs of the same user that can read the
// environment or memory of a client or of the server. On an address other than loopback it does not
// defend against those who can read the network: it speaks plain http. A client keeps the
// credentials it has received until they expire, even after the server has stopped.
//
// The logger receives a record of each request and each renewal: time, path, profile, role, outcome
// and remote address. Records never contain queries, headers, tokens or credentials. Records and
// responses contain the messages of providers' errors, so a provider must keep secrets out of them.
package credserver
