package idctest

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

const scopeAccountAccess = "sso:account:access"

// bearer finds the session of the access token a call to the portal brings, or refuses it.
func (s *Server) bearer(c *call) (ses *session, refusal *answer) {
	ses = s.liveAccess(c.Header.Get("X-Amz-Sso_bearer_token"), c.now)
	switch {
	case ses == nil:
		return nil, refuse(c, "UnauthorizedException", "Session token not found or invalid")
	case !ses.reachesPortal():
		return nil, refuse(c, "ForbiddenException", "No access")
	}
	return ses, nil
}

// account finds an account of the person's, or refuses the call.
func (s *Server) account(c *call, id string) (account *Account, refusal *answer) {
	for i := range s.opts.Accounts {
		if s.opts.Accounts[i].ID == id {
			return &s.opts.Accounts[i], nil
		}
	}
	return nil, refuse(c, "ResourceNotFoundException", "The account does not exist.")
}

func (s *Server) getRoleCredentials(c *call) answer {
	ses, refusal := s.bearer(c)
	if refusal != nil {
		return *refusal
	}
	query := c.URL.Query()
	id, role := query.Get("account_id"), query.Get("role_name")
	if id == "" || role == "" {
		return errorAnswer(c.op, "InvalidRequestException", "account_id and role_name are required")
	}
	account, refusal := s.account(c, id)
	if refusal != nil {
		return *refusal
	}
	if !slices.Contains(account.Roles, role) {
		return errorAnswer(c.op, "ForbiddenException", "No access")
	}
	creds := s.issue(ses, c.now.Add(s.opts.RoleCredentialsTTL))
	return jsonAnswer(map[string]any{"roleCredentials": roleCredentials{
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
	Expiration      int64  `json:"expiration"` // milliseconds since 1970
}

func (s *Server) listAccounts(c *call) answer {
	if _, refusal := s.bearer(c); refusal != nil {
		return *refusal
	}
	from, to, next, ok := s.page(c, len(s.opts.Accounts))
	if !ok {
		return errorAnswer(c.op, "InvalidRequestException", "max_result or next_token is not valid")
	}
	list := make([]map[string]string, 0, to-from)
	for _, a := range s.opts.Accounts[from:to] {
		list = append(list, map[string]string{"accountId": a.ID, "accountName": a.Name, "emailAddress": a.Email})
	}
	return jsonAnswer(map[string]any{"nextToken": next, "accountList": list})
}

func (s *Server) listAccountRoles(c *call) answer {
	if _, refusal := s.bearer(c); refusal != nil {
		return *refusal
	}
	id := c.URL.Query().Get("account_id")
	if id == "" {
		return errorAnswer(c.op, "InvalidRequestException", "account_id is required")
	}
	account, refusal := s.account(c, id)
	if refusal != nil {
		return *refusal
	}
	from, to, next, ok := s.page(c, len(account.Roles))
	if !ok {
		return errorAnswer(c.op, "InvalidRequestException", "max_result or next_token is not valid")
	}
	list := make([]map[string]string, 0, to-from)
	for _, role := range account.Roles[from:to] {
		list = append(list, map[string]string{"roleName": role, "accountId": id})
	}
	return jsonAnswer(map[string]any{"nextToken": next, "roleList": list})
}

func (s *Server) logout(c *call) answer {
	ses, refusal := s.bearer(c)
	if refusal != nil {
		return *refusal
	}
	ses.ended = true
	return answer{}
}

// page works out which of n items a list call is for. next is nil on the last page. ok is false if
// max_result is not 1 to 100, or next_token is not one that this list gave out.
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
