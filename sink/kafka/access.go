package kafka

import (
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
)

// AccessError says that the brokers' access control lists do not let this client
// do what it must. A Sink's records that may not be written end in a
// *DeliveryError, which says the same.
type AccessError struct {
	Operation string // as ACLs name it: "Describe", "DescribeConfigs", "Create", "Read", "Write"
	Resource  string // what it is to be allowed on: "topic orders"
	Err       error  // what the broker said
}

// Error names the operation and the resource that an ACL is to allow.
func (e *AccessError) Error() string {
	return fmt.Sprintf("kafka: this user may not %s (%s); have an ACL allow %s on %s", verbs[e.Operation]+e.Resource, e.Err, e.Operation, e.Resource)
}

// Unwrap returns Err.
func (e *AccessError) Unwrap() error { return e.Err }

// verbs has each operation as one says it, before the resource.
var verbs = map[string]string{
	"Describe":        "see ",
	"DescribeConfigs": "see the settings of ",
	"Create":          "make ",
	"Read":            "read ",
	"Write":           "write to ",
}

// denied returns an *AccessError in the place of an error that says that an ACL
// is missing, and any other as it is.
func denied(err error, operation, resource string) error {
	if !unauthorized(err) {
		return err
	}
	return &AccessError{operation, resource, err}
}

func unauthorized(err error) bool {
	for _, e := range []error{
		kerr.TopicAuthorizationFailed, kerr.GroupAuthorizationFailed,
		kerr.ClusterAuthorizationFailed, kerr.TransactionalIDAuthorizationFailed,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
