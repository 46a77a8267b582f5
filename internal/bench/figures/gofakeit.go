package figures

import (
	"fmt"
	"io"
	"time"

	"github.com/brianvoe/gofakeit/v6"

	"github.com/kafkanauts/kafkanauts/order"
)

// gofakeits makes an order of the same sixteen fields, a library call for each,
// from a source without a lock. Of several calls that would do, it has the cheapest.
func gofakeits(*Orders) (Job, error) {
	f := gofakeit.NewUnlocked(1)
	from := time.Date(2022, time.January, 31, 0, 0, 0, 0, time.UTC)
	to := from.AddDate(0, 0, 14)
	payments := order.Payments[:]
	reasons := []string{"Insufficient Funds", "Card Expired", "Network Error", "Invalid CVV"}
	return Job{Run: func(n int) error {
		for range n {
			success, reason := "Y", ""
			if f.Number(1, 100) <= 5 {
				success, reason = "N", f.RandomString(reasons)
			}
			fmt.Fprintf(io.Discard, "%d|%d|%s|%d|%s|%s|%s|%d|%.2f|%s|%s|%s|%s|%d|%s|%s\n", f.Uint32(), f.Number(1, 200_000), f.Name(), f.Number(1, 5000),
				f.ProductName(), f.ProductCategory(), f.RandomString(payments), f.Number(1, 10), f.Price(1, 500), f.DateRange(from, to).Format("2006-01-02T15:04:05"),
				f.Country(), f.City(), f.DomainName(), f.Uint64(), success, reason)
		}
		return nil
	}}, nil
}
