// Texts that have ended quotes, started programs or broken lines somewhere: for everything that writes text into another language.

/// Quotes of all kinds, also inside grapheme clusters, commands, formats, markup, line breaks and control characters.
public let nastyTexts: [String] = [
  "plain", "", " leading and trailing ", "it's \"quoted\" ‘so’ “and” «so» `and` ´so´ ′ ″",
  "a\u{0600}'.system(\"id\")#", "a\u{0600}\"; system('id') #",
  "e'\u{0301}\"\u{0301}`\u{0301}\\\u{0301}", "z'\u{200D}\"\u{200D}$\u{200D}(id)",
  "\\\\ \\' \\\" \\n \\042 \\input{\u{0600}} \\end{tabular}\\input\u{200D}{x}",
  "`touch PWNED` $(touch PWNED) ${HOME} @macro !touch PWNED",
  "; touch PWNED & touch PWNED | touch PWNED > PWNED", "50 % of %d a%b %s %%n %1$s",
  "{ } }{ {/Symbol a} ^2 _3 ~4 #5 &6 &amp; $x$",
  "<b>bold</b> <svg/onload=alert(1)> <!-- --> ]]>", "*a* _b_ [c](d) ![e](f) | g | ~~h~~ # i",
  "two\nlines\r\nthree\rfour\u{2028}five\u{0B}six\u{0C}seven", "\ttab\t", "'", "\"", "\\", "`",
  "''''", "\"\"\"7\"08", "\u{1B}[31mred\u{1B}]0;title\u{07} bell\u{08} del\u{7F} c1\u{9B}31m",
  "\u{202E}turned\u{2066}", "= cell, +1, -1", "- item", "# heading", "1. first",
  "-- --- '' ?` !`",
]
