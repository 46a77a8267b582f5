package parts

import (
	"errors"
	"syscall"
)

// Advice says how to go on after an error, in words that follow what there is.
func Advice(cause error) string {
	switch {
	case errors.Is(cause, syscall.ENOSPC):
		return "free space and run it again, under that name, to go on after them"
	case errors.Is(cause, syscall.EROFS), errors.Is(cause, syscall.EACCES):
		return "make it writable and run it again, under that name, to go on after them"
	}
	return "run it again, under that name, to go on after them"
}
