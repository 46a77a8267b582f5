package kafka

import (
	"context"
	"errors"
	"io"
	"net"

	"github.com/twmb/franz-go/pkg/kerr"
)

// lasting are answers of brokers that will be the same the next time.
var lasting = []error{
	kerr.TopicAuthorizationFailed, kerr.GroupAuthorizationFailed, kerr.ClusterAuthorizationFailed,
	kerr.TransactionalIDAuthorizationFailed, kerr.SaslAuthenticationFailed, kerr.UnsupportedSaslMechanism,
	kerr.IllegalSaslState, kerr.SecurityDisabled, kerr.MessageTooLarge, kerr.RecordListTooLarge, kerr.InvalidTimestamp,
	kerr.InvalidRecord, kerr.InvalidTransactionTimeout, kerr.UnsupportedVersion, kerr.PolicyViolation,
	kerr.InvalidSessionTimeout, kerr.InvalidGroupID, kerr.InconsistentGroupProtocol,
}

// passing reports whether what went wrong between a client and its brokers may be
// over the next time.
func passing(err error) bool {
	for _, l := range lasting {
		if errors.Is(err, l) {
			return false
		}
	}
	return true
}

// again reports whether a stream that ended with err may go on when it is run
// again: brokers were lost, a transaction timed out, another worker has taken the shard.
func again(err error) bool {
	var (
		delivery    *DeliveryError
		transaction *TransactionError
		broker      *BrokerError
		stream      *StreamError
		topic       *TopicError
	)
	if errors.As(err, &stream) || errors.As(err, &topic) {
		return false
	}
	return (errors.As(err, &delivery) || errors.As(err, &transaction) || errors.As(err, &broker) || unanswered(err)) && passing(err)
}

// unanswered reports whether a question to the brokers has had no answer, or that
// they cannot tell yet.
func unanswered(err error) bool {
	var (
		said    *kerr.Error
		network *net.OpError
		dns     *net.DNSError
	)
	return errors.As(err, &said) && said.Retriable || errors.As(err, &network) || errors.As(err, &dns) ||
		errors.Is(err, io.EOF) || errors.Is(err, context.DeadlineExceeded)
}
