package network

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestAdvice(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{x509.UnknownAuthorityError{}, "signed by nobody"},
		{x509.HostnameError{}, "another name"},
		{x509.CertificateInvalidError{Reason: x509.Expired}, "not valid at this time"},
		{&net.DNSError{IsTimeout: true}, "host's name"},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, "nothing listens"},
		{&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, "does not answer"},
		{context.DeadlineExceeded, "does not answer"},
		{io.EOF, "hangs up"},
		{&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, "hangs up"},
	} {
		if got := Advice(fmt.Errorf("asking: %w", c.err)); !strings.Contains(got, c.want) {
			t.Errorf("of %v it says %q", c.err, got)
		}
	}
	if got := Advice(errors.New("something else")); got != "" {
		t.Errorf("of something else it says %q", got)
	}
}
