package latchkey_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/latchkey-sso/latchkey/credserver"
	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/redact"
	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/ssotoken"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokenstore"
	"github.com/latchkey-sso/latchkey/tokenstore/age"
)

// Values print without their secrets, for every verb of package fmt, in JSON and in log/slog. A Secret field redacts
// itself if its struct is printed by value. Other structs have a Format method, which fmt and slog use, and MarshalJSON
// if they marshal the secret.

// printed has a value of each exported type in the module.
var printed = []any{
	credserver.Options{},
	credserver.Profile{},
	&credserver.Server{},
	idctest.Account{},
	idctest.AssumableRole{},
	idctest.Options{},
	idctest.Request{},
	&idctest.Server{},
	idctest.SignIn{},
	login.AuthorizationRequest{},
	login.DeviceCode{},
	login.Flow(0),
	login.Options{},
	login.RegionError{},
	login.UI{},
	profile.Change{},
	profile.Code(""),
	profile.Connection{},
	profile.Endpoints{},
	profile.Error{},
	profile.Finding{},
	profile.Kind(0),
	profile.Options{},
	profile.PreparedEdit{},
	profile.Profile{},
	profile.Property{},
	profile.Role{},
	profile.Section{},
	profile.Session{},
	profile.SignIn{},
	profile.Setting{},
	profile.Severity(0),
	profile.Shared{},
	provider.LoginRequiredError{},
	provider.Options{},
	&provider.Provider{},
	provider.Role{},
	rolecache.Credentials{},
	rolecache.Dir(""),
	rolecache.EncryptedDir{},
	rolecache.InvalidError{},
	rolecache.Key{},
	sso.AccountInfo{},
	sso.AllRolesOptions{},
	&sso.Client{},
	sso.GetRoleCredentialsInput{},
	sso.GetRoleCredentialsOutput{},
	sso.InvalidRequestException{},
	sso.ListAccountRolesInput{},
	sso.ListAccountRolesOutput{},
	&sso.ListAccountRolesPaginator{},
	sso.ListAccountRolesPaginatorOptions{},
	sso.ListAccountsInput{},
	sso.ListAccountsOutput{},
	&sso.ListAccountsPaginator{},
	sso.ListAccountsPaginatorOptions{},
	sso.LogoutInput{},
	sso.LogoutOutput{},
	sso.Options{},
	&sso.Pacer{},
	sso.ResourceNotFoundException{},
	sso.RoleCredentials{},
	sso.RoleInfo{},
	sso.TooManyRequestsException{},
	sso.UnauthorizedException{},
	ssooidc.AccessDeniedException{},
	ssooidc.AccessDeniedExceptionReason(""),
	ssooidc.AuthorizationPendingException{},
	ssooidc.AuthorizeInput{},
	ssooidc.AwsAdditionalDetails{},
	&ssooidc.Client{},
	ssooidc.CreateTokenInput{},
	ssooidc.CreateTokenOutput{},
	ssooidc.CreateTokenWithIAMInput{},
	ssooidc.CreateTokenWithIAMOutput{},
	ssooidc.ExpiredTokenException{},
	ssooidc.InternalServerException{},
	ssooidc.InvalidClientException{},
	ssooidc.InvalidClientMetadataException{},
	ssooidc.InvalidGrantException{},
	ssooidc.InvalidRedirectUriException{},
	ssooidc.InvalidRequestException{},
	ssooidc.InvalidRequestExceptionReason(""),
	ssooidc.InvalidRequestRegionException{},
	ssooidc.InvalidScopeException{},
	ssooidc.Options{},
	ssooidc.RegisterClientInput{},
	ssooidc.RegisterClientOutput{},
	ssooidc.SlowDownException{},
	ssooidc.StartDeviceAuthorizationInput{},
	ssooidc.StartDeviceAuthorizationOutput{},
	ssooidc.UnauthorizedClientException{},
	ssooidc.UnsupportedGrantTypeException{},
	ssotoken.Options{},
	&ssotoken.Source{},
	tokencache.Dir(""),
	tokencache.EncryptedDir{},
	tokencache.Entry{},
	tokencache.InvalidError{},
	tokencache.RefreshOutcome(""),
	tokencache.Registration{},
	tokencache.RegistrationKey{},
	tokencache.Token{},
	tokenstore.Driver{},
	tokenstore.DriverError{},
	tokenstore.SettingError{},
	tokenstore.Store{},
	tokenstore.UnavailableError{},
	&age.IdentityError{},
}

// marker is the secret that no type may print. JSON and %q do not escape it.
const marker = "hunter2hunter2"

// plain lists the types that may print all fields, with the reason.
var plain = map[string]string{
	"rolecache.FailureNote":  "its Code is that of an error, and it holds no secret",
	"tokencache.RefreshNote": "its Code is that of an error, and it holds no secret",
	"idctest.Fault":          "a test wrote what is in it",
	"idctest.HomeDir":        "a path, a test and a server",
	"tokenstore.Setting":     "Parse rejects settings that hold a secret",
}

// TestSecretsRedacted fills all fields of each type with secrets, at any depth, and prints the value in every way.
func TestSecretsRedacted(t *testing.T) {
	secretive := 0
	for _, value := range printed {
		typ := reflect.TypeOf(value)
		pointer := typ.Kind() == reflect.Pointer // the type must not be copied
		if pointer {
			typ = typ.Elem()
		}
		t.Run(typ.String(), func(t *testing.T) {
			f := filler{}
			v := reflect.New(typ)
			f.fill(v.Elem(), typ.Name(), 0)
			if f.secrets > 0 {
				secretive++
			}
			ways := map[string]any{"pointer": v.Interface()}
			if !pointer {
				list := reflect.MakeSlice(reflect.SliceOf(typ), 0, 1)
				dict := reflect.MakeMap(reflect.MapOf(reflect.TypeFor[string](), typ))
				dict.SetMapIndex(reflect.ValueOf("k"), v.Elem())
				ways["value"], ways["slice"], ways["map"] = v.Elem().Interface(), reflect.Append(list, v.Elem()).Interface(), dict.Interface()
			}
			for way, arg := range ways {
				var failed []string
				for name, text := range prints(arg) {
					if shows(text) {
						failed = append(failed, name)
					}
				}
				if failed != nil {
					t.Errorf("%s prints a secret with %q", way, failed)
				}
			}
		})
	}
	if secretive < 25 {
		t.Errorf("only %d types hold a secret: the test fills too little", secretive)
	}
}

// prints returns v printed and encoded in every way.
func prints(v any) map[string]string {
	texts := map[string]string{}
	for _, verb := range []string{
		"%v", "%+v", "%#v", "%s", "%q", "%+q", "%#q", "%x", "%X", "% x", "%d", "%t", "%c", "%U", "%e", "%b", "%o", "%20s", "%.3s",
	} {
		texts[verb] = fmt.Sprintf(verb, v)
	}
	data, err := json.Marshal(v)
	texts["JSON"] = fmt.Sprintf("%s %v", data, err)
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"slog text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"slog JSON": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var b bytes.Buffer
		slog.New(handler(&b)).Info("m", "v", v, slog.Group("g", "v", v))
		texts[name] = b.String()
	}
	if err, ok := v.(error); ok {
		texts["error"] = fmt.Errorf("wrapped: %w", err).Error()
	}
	return texts
}

// shows reports whether text contains the marker, as it is or encoded by %x, %d or an encoder.
func shows(text string) bool {
	digits := strings.Trim(fmt.Sprintf("%d", []byte(marker)), "[]")
	for _, form := range []string{
		marker[:7], hex.EncodeToString([]byte(marker)), fmt.Sprintf("% x", marker), base64.StdEncoding.EncodeToString([]byte(marker))[:16], digits,
	} {
		if strings.Contains(strings.ToLower(text), strings.ToLower(form)) {
			return true
		}
	}
	return false
}

// filler fills values with secrets and counts them.
type filler struct{ secrets int }

// fill sets v, a field called name, and everything that it contains or points to.
func (f *filler) fill(v reflect.Value, name string, depth int) {
	if depth > 8 {
		return
	}
	if !v.CanSet() { // an unexported field
		v = reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
	}
	if f.known(v) {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(name)
		if secretName(name) && v.Type() == reflect.TypeFor[string]() {
			f.secrets++
			v.SetString(marker)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem(), name, depth+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		f.fill(v.Index(0), name, depth+1)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.fill(key, name, depth+1)
		f.fill(value, name, depth+1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		if path := v.Type().PkgPath(); !strings.HasPrefix(path, module) && v.Type() != reflect.TypeFor[aws.Config]() {
			return // type of another module
		}
		for i := range v.NumField() {
			f.fill(v.Field(i), v.Type().Field(i).Name, depth+1)
		}
	default:
	}
}

// known fills types that need a special value.
func (f *filler) known(v reflect.Value) bool {
	keys := aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: marker, SessionToken: marker}
	var value any
	switch v.Interface().(type) {
	case redact.Secret:
		value = redact.Secret(marker)
	case []byte:
		value = []byte(`{"accessToken":"` + marker + `"}`)
	case http.Header:
		value = http.Header{"Authorization": {marker}, "X-Amz-Sso_bearer_token": {marker}}
	case url.Values:
		value = url.Values{"code": {marker}}
	case aws.Credentials:
		value = keys
	case time.Time:
		v.Set(reflect.ValueOf(time.Unix(1, 0)))
		return true
	case profile.Property:
		value = profile.Property{Key: "aws_secret_access_key", Value: marker}
	case profile.Setting:
		value = profile.Setting{Key: "aws_secret_access_key", Value: marker}
	default:
		switch {
		case v.Type() == reflect.TypeFor[aws.CredentialsProvider]():
			value = credentials.StaticCredentialsProvider{Value: keys}
		case v.Kind() == reflect.Interface && v.NumMethod() > 0 && reflect.TypeFor[*sso.Client]().Implements(v.Type()):
			value = sso.New(sso.Options{Credentials: credentials.StaticCredentialsProvider{Value: keys}})
		default:
			return false
		}
	}
	f.secrets++
	v.Set(reflect.ValueOf(value))
	return true
}

// secretName reports whether a string field with this name holds a secret.
func secretName(name string) bool {
	switch name := strings.ToLower(name); name {
	case "nexttoken", "stoponduplicatetoken", "tokentype", "requestedtokentype", "issuedtokentype", "subjecttokentype", "tokenendpoint",
		"tokenstore", "shareaccesstoken", // a place and a flag
		"usercode": // shown to the user, and useless without a sign-in
		return false
	case "code", "codeverifier", "assertion", "devicecode", "identitycontext", "access", "refresh":
		return true
	default:
		return strings.Contains(name, "secret") || strings.Contains(name, "token")
	}
}

// TestPrintedTypesAreComplete checks that printed has every exported type of the public packages, except interfaces,
// functions and aliases.
func TestPrintedTypesAreComplete(t *testing.T) {
	listed := slices.Collect(maps.Keys(plain))
	for _, value := range printed {
		typ := reflect.TypeOf(value)
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		listed = append(listed, shortPath(typ.PkgPath())+"."+typ.Name())
	}
	for name, p := range listPackages(t) {
		if strings.HasPrefix(name, "internal/") || strings.HasPrefix(name, "cmd/") {
			continue
		}
		for _, file := range p.GoFiles {
			for _, typ := range exportedTypes(t, filepath.Join(filepath.FromSlash(name), file)) {
				if !slices.Contains(listed, name+"."+typ) {
					t.Errorf("type %s.%s is missing in printed", name, typ)
				}
			}
		}
	}
}

// exportedTypes returns the names of the exported types in a file.
func exportedTypes(t *testing.T, path string) (names []string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, data, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		switch spec.Type.(type) {
		case *ast.InterfaceType, *ast.FuncType:
		default:
			if spec.Name.IsExported() && !spec.Assign.IsValid() {
				names = append(names, spec.Name.Name)
			}
		}
		return false
	})
	return names
}
