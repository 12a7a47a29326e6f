package idctest

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

const scopeAccountAccess = "sso:account:access"

// bearer returns the session of the access token, or rejects the call.
func (s *Server) bearer(c *call) (ses *session, rejection *response) {
	ses = s.liveAccess(c.Header.Get("X-Amz-Sso_bearer_token"), c.now)
	switch {
	case ses == nil:
		return nil, reject(c, "UnauthorizedException", "Session token not found or invalid")
	case !ses.reachesPortal():
		return nil, reject(c, "ForbiddenException", "No access")
	}
	return ses, nil
}

// account returns an account of the user, or rejects the call.
func (s *Server) account(c *call, id string) (account *Account, rejection *response) {
	for i := range s.opts.Accounts {
		if s.opts.Accounts[i].ID == id {
			return &s.opts.Accounts[i], nil
		}
	}
	return nil, reject(c, "ResourceNotFoundException", "The account does not exist.")
}

func (s *Server) getRoleCredentials(c *call) response {
	ses, rejection := s.bearer(c)
	if rejection != nil {
		return *rejection
	}
	query := c.URL.Query()
	id, role := query.Get("account_id"), query.Get("role_name")
	if id == "" || role == "" {
		return errorResponse(c.op, "InvalidRequestException", "account_id and role_name are required")
	}
	account, rejection := s.account(c, id)
	if rejection != nil {
		return *rejection
	}
	if !slices.Contains(account.Roles, role) {
		return errorResponse(c.op, "ForbiddenException", "No access")
	}
	creds := s.issue(ses, reservedRole(id, role), c.now.Add(s.opts.RoleCredentialsTTL))
	return jsonResponse(map[string]any{"roleCredentials": roleCredentials{
		AccessKeyID:     creds.AccessKeyID,
		SecretAccessKey: creds.SecretAccessKey,
		SessionToken:    creds.SessionToken,
		Expiration:      creds.Expires.UnixMilli(),
	}})
}

type roleCredentials struct {
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
	SessionToken    string `json:"sessionToken"`
	Expiration      int64  `json:"expiration"` // Unix time in milliseconds
}

func (s *Server) listAccounts(c *call) response {
	if _, rejection := s.bearer(c); rejection != nil {
		return *rejection
	}
	from, to, next, ok := s.page(c, len(s.opts.Accounts))
	if !ok {
		return errorResponse(c.op, "InvalidRequestException", "max_result or next_token is not valid")
	}
	list := make([]map[string]string, 0, to-from)
	for _, a := range s.opts.Accounts[from:to] {
		list = append(list, map[string]string{"accountId": a.ID, "accountName": a.Name, "emailAddress": a.Email})
	}
	return jsonResponse(map[string]any{"nextToken": next, "accountList": list})
}

func (s *Server) listAccountRoles(c *call) response {
	if _, rejection := s.bearer(c); rejection != nil {
		return *rejection
	}
	id := c.URL.Query().Get("account_id")
	if id == "" {
		return errorResponse(c.op, "InvalidRequestException", "account_id is required")
	}
	account, rejection := s.account(c, id)
	if rejection != nil {
		return *rejection
	}
	from, to, next, ok := s.page(c, len(account.Roles))
	if !ok {
		return errorResponse(c.op, "InvalidRequestException", "max_result or next_token is not valid")
	}
	list := make([]map[string]string, 0, to-from)
	for _, role := range account.Roles[from:to] {
		list = append(list, map[string]string{"roleName": role, "accountId": id})
	}
	return jsonResponse(map[string]any{"nextToken": next, "roleList": list})
}

func (s *Server) logout(c *call) response {
	ses, rejection := s.bearer(c)
	if rejection != nil {
		return *rejection
	}
	ses.ended = true
	return response{}
}

// page returns the range of n items on the requested page. next is nil on the last page. ok is false if max_result is
// not 1 to 100, or next_token is not from this list.
func (s *Server) page(c *call, n int) (from, to int, next *string, ok bool) {
	query := c.URL.Query()
	size := s.opts.PageSize
	if query.Has("max_result") {
		limit, err := strconv.Atoi(query.Get("max_result"))
		if err != nil || limit < 1 || limit > 100 {
			return 0, 0, nil, false
		}
		size = min(size, limit)
	}
	list := c.op + " " + query.Get("account_id") + " "
	if query.Has("next_token") {
		from, ok = parsePageToken(query.Get("next_token"), list)
		if !ok || from >= n {
			return 0, 0, nil, false
		}
	}
	to = min(from+size, n)
	if to < n {
		token := base64.RawURLEncoding.EncodeToString([]byte(list + strconv.Itoa(to)))
		next = &token
	}
	return from, to, next, true
}

// parsePageToken returns the position in a page token of a list.
func parsePageToken(token, list string) (int, bool) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return 0, false
	}
	position, ok := strings.CutPrefix(string(b), list)
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(position)
	return n, err == nil && n > 0
}
