import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Random;
import net.datafaker.Faker;

/** Writes so many orders of the sixteen fields, a provider's call for each text. */
public final class Main {
    public static void main(String[] args) throws IOException {
        Random r = new Random(1);
        Faker f = new Faker(Locale.ENGLISH, r);
        String[] payments = {"Card", "Internet Banking", "UPI", "Wallet"};
        String[] reasons = {"Insufficient Funds", "Card Expired", "Network Error", "Invalid CVV"};
        LocalDateTime from = LocalDateTime.of(2022, 1, 31, 0, 0);
        DateTimeFormatter form = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss");
        try (var out = new BufferedWriter(new OutputStreamWriter(new FileOutputStream(FileDescriptor.out), StandardCharsets.UTF_8), 1 << 16)) {
            StringBuilder b = new StringBuilder();
            for (int n = Integer.parseInt(args[0]); n > 0; n--) {
                boolean failed = r.nextInt(100) < 5;
                int cents = r.nextInt(100, 50_000);
                b.setLength(0);
                b.append(r.nextInt() & 0xffffffffL).append('|').append(1 + r.nextInt(200_000)).append('|').append(f.name().fullName()).append('|')
                    .append(1 + r.nextInt(5000)).append('|').append(f.commerce().productName()).append('|').append(f.commerce().department()).append('|')
                    .append(payments[r.nextInt(4)]).append('|').append(1 + r.nextInt(10)).append('|').append(cents / 100).append('.')
                    .append(cents / 10 % 10).append(cents % 10).append('|').append(form.format(from.plusSeconds(r.nextInt(14 * 86_400)))).append('|')
                    .append(f.address().country()).append('|').append(f.address().city()).append('|').append(f.internet().domainName()).append('|')
                    .append(Long.toUnsignedString(r.nextLong())).append('|').append(failed ? "N" : "Y").append('|')
                    .append(failed ? reasons[r.nextInt(4)] : "").append('\n');
                out.append(b);
            }
        }
    }
}
