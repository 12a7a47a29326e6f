// Package redis keeps sign-ins on a Redis or Valkey server, so that many machines share one. It needs
// Redis 7 or Valkey 7.2: a single server, a master with sentinels, or a cluster.
//
// A program that passes [Driver] to latchkey.WithTokenStores uses the server that the session's
// latchkey_token_store names. [New] returns a [Client] without a setting, whose [Client.Tokens] and
// [Client.Roles] are the caches.
//
// # Guarantees
//
// While the server keeps what it has acknowledged, and no machine is stopped or cut off for longer than
// half of Options.Lease in the middle of a refresh:
//
//   - All machines together send each refresh token once, and all get the new token.
//   - A token is never replaced by an older one, and a sign-out stays in effect.
//
// A lock is a lease of 20 seconds, renewed every 5 seconds while it is held. The server's clock alone
// decides when it expires. Before each attempt to send a refresh token, the holder renews it in one
// step, and sends nothing if that fails or another machine holds the lock. Each lease has a fence, a
// number larger than those before it. A refreshed token is stored by a script that replaces it only if
// the stored refresh token is the one that was sent, and no holder with a larger fence has stored
// a token since.
//
// # Failures
//
// The worst outcome of a failure is that the user must sign in again. No program gets a wrong token.
//
//   - The server does not respond, is read-only, or cannot store anything: programs use their valid
//     token in memory, and send no refresh token. Calls fail after Options.Timeout, and then at once
//     for up to two seconds.
//   - A machine stops or is cut off after it has sent a refresh token: the others wait for the rest
//     of the lease. If the machine comes back before they send the refresh token too, it stores the new
//     token. Otherwise, Identity Center may revoke the sign-in.
//   - A process is killed after it has sent a refresh token: the new token is lost.
//   - A failover loses the last write: if that was a refreshed token, it is lost. A lost lock can
//     cause a refresh token to be sent twice.
//   - A call fails because its response did not arrive: it may have taken effect, or still do so. A
//     sign-in or sign-out that arrives after a newer one does nothing.
//   - The server evicts the sign-in, or restarts without a file: the sign-in is gone.
//
// # Encryption
//
// Everything is encrypted with AES-256-GCM before it leaves the machine, and bound to its name on the
// server. Names are keyed hashes. Someone who reads the server learns how many sessions and
// roles there are, how large their entries are, and when they are used. Someone who writes to the server
// can delete entries, and replace them with older versions, after which the user must sign in again.
package redis
