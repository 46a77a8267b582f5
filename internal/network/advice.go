// Package network tells why a server cannot be talked to.
package network

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"syscall"
)

// Advice says in a few words what to do about an error that a connection ended
// with, of any protocol; "" if there is nothing to add to it.
func Advice(err error) string {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		dns       *net.DNSError
		timeout   net.Error
	)
	switch {
	case errors.As(err, &authority):
		return "its certificate is signed by nobody who is trusted here; name the authority's certificate"
	case errors.As(err, &host):
		return "its certificate is for another name; use the name that is in it"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate is not valid at this time; renew it, or set the clock"
	case errors.As(err, &dns):
		return "check the host's name"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there; is it running, and is this its port?"
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return "it does not answer; check the address and what lies between"
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return "it hangs up; is this its port?"
	}
	return ""
}

// Rejected reports whether the other side ended the TLS handshake.
func Rejected(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}
