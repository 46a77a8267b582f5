package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/sr"

	"github.com/kafkanauts/kafkanauts/internal/network"
)

// AccessError says that the registry could not be asked: nobody answers, what
// answers is no registry, it lets nobody in, or it failed.
type AccessError struct {
	URL    string // of the registry
	Status int    // of HTTP; 0: there was no answer
	Advice string // what to do; "" if Err says all
	Err    error  // what happened
}

// Error names the registry, what happened and what to do.
func (e *AccessError) Error() string {
	s := fmt.Sprintf("registry: %s: %v", e.URL, e.Err)
	if e.Advice != "" {
		s += " (" + e.Advice + ")"
	}
	return s
}

// Unwrap returns Err.
func (e *AccessError) Unwrap() error { return e.Err }

// client is one that knows what it asks about.
type client struct {
	*sr.Client
	url     string // without secrets
	user    string
	subject string
	timeout time.Duration
}

// The codes of a registry's answers that mean that there is no such thing; a 404 without
// one is somebody else's.
const (
	noSubject   = 40401
	lastMissing = 40499
)

// missing reports whether the registry has said that it has no such thing.
func missing(err error) bool {
	var answer *sr.ResponseError
	return errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound && answer.ErrorCode >= noSubject && answer.ErrorCode <= lastMissing
}

// failed returns an error of the client's as one that says what to do. It has none
// of the answer's bytes but the registry's own words.
func (c *client) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("registry: asking %s: %w", c.url, context.Cause(ctx))
	}
	e := &AccessError{URL: c.url}
	var (
		answer *sr.ResponseError
		syntax *json.SyntaxError
		shape  *json.UnmarshalTypeError
		call   *url.Error
	)
	switch {
	case errors.As(err, &answer):
		e.Status = answer.StatusCode
		e.Advice, e.Err = c.answered(answer)
	case errors.As(err, &syntax), errors.As(err, &shape):
		e.Status = http.StatusOK
		e.Err, e.Advice = errors.New("what answers there is no schema registry"), paths
	case errors.As(err, &call):
		e.Advice, e.Err = c.unanswered(call.Err)
	default:
		e.Err = err
	}
	return e
}

const paths = "check the URL: Confluent's registry has its interface at http://host:8081, Apicurio at http://host:8080/apis/ccompat/v7"

// unanswered tells why nobody answered.
func (c *client) unanswered(err error) (advice string, _ error) {
	switch said := err.Error(); {
	case strings.Contains(said, "server gave HTTP response to HTTPS client"):
		return "this port does not speak TLS; let the URL begin with http, or choose the registry's TLS port", err
	case network.Rejected(err):
		return "it does not accept this client's certificate; name one, with its key, that it trusts", err
	case strings.Contains(said, "Client.Timeout"):
		return network.Advice(context.DeadlineExceeded), fmt.Errorf("no answer within %v", c.timeout)
	}
	return network.Advice(err), err
}

// answered tells what an answer that is none means.
func (c *client) answered(r *sr.ResponseError) (advice string, _ error) {
	said := words(r)
	if said != "" {
		said = ": " + said
	}
	err := fmt.Errorf("it answers with status %d%s", r.StatusCode, said)
	switch {
	case r.StatusCode == http.StatusUnauthorized && c.user == "":
		return "set them", errors.New("it lets nobody in without a user and a password")
	case r.StatusCode == http.StatusUnauthorized:
		return "check the user's name and password", fmt.Errorf("it refuses user %s", c.user)
	case r.StatusCode == http.StatusForbidden:
		return "have the user allowed to; who may only read can still use a schema that is registered", fmt.Errorf("this user may not do this to subject %s (status 403%s)", c.subject, said)
	case r.StatusCode == http.StatusNotFound:
		return paths, errors.New("there is no schema registry at this path (status 404)")
	case r.StatusCode == http.StatusMethodNotAllowed:
		return paths, errors.New("there is no schema registry at this path (status 405)")
	case r.StatusCode < http.StatusBadRequest:
		return "name that address", fmt.Errorf("it sends everybody to another address (status %d)", r.StatusCode)
	case r.StatusCode == http.StatusBadRequest && strings.Contains(string(r.Raw), "HTTPS"):
		return "let the URL begin with https", errors.New("this port wants TLS")
	case r.StatusCode >= http.StatusInternalServerError:
		return "the registry's own log tells more; try again once it is well", err
	}
	return "", err
}

// longest is how much of a registry's words is passed on.
const longest = 1000

// words returns what the registry says in its answer, in its own words; "" if
// the answer is not of a registry's form.
func words(r *sr.ResponseError) string {
	var form struct {
		Code    int    `json:"error_code"`
		Message string `json:"message"`
	}
	if json.Unmarshal(r.Raw, &form) != nil || form.Message == "" {
		return ""
	}
	return cut(form.Message)
}

// cut returns a text on one line that is not longer than longest.
func cut(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	s = strings.TrimPrefix(s, "io.apicurio.registry.rules.RuleViolationException: ")
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "") + "… (" + strconv.Itoa(len(s)) + " bytes)"
	}
	return s
}
