# Prints the failed tests with their messages, and the skipped ones counted by reason, from one trx file.
function plain(text) {
    gsub(/&#x[dD];/, "", text); gsub(/&#x[aA];/, "\n", text)
    gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&apos;/, "'", text); gsub(/&amp;/, "\\&", text)
    return text
}
function attribute(line, name,    start) {
    start = index(line, " " name "=\"")
    if (!start) return ""
    line = substr(line, start + length(name) + 3)
    return plain(substr(line, 1, index(line, "\"") - 1))
}
function body(tag,    start, stop, text) {
    start = index(result, "<" tag ">")
    if (!start) return ""
    text = substr(result, start + length(tag) + 2)
    stop = index(text, "</" tag ">")
    return plain(substr(text, 1, stop - 1))
}
function finished(    outcome, name, reason) {
    outcome = attribute(head, "outcome"); name = attribute(head, "testName")
    if (outcome == "NotExecuted") {
        reason = body("Message"); if (reason == "") reason = body("StdOut"); if (reason == "") reason = "no reason given"
        gsub(/\n/, " ", reason); sub(/ +$/, "", reason)
        if (!(reason in count)) order[++reasons] = reason
        count[reason]++
        if (count[reason] <= 3) names[reason] = names[reason] "\n            " name
    } else if (outcome != "Passed") {
        print "FAILED  " name
        print indented(body("Message")); print indented(body("StackTrace"))
    }
}
function indented(text) { sub(/[ \n]+$/, "", text); gsub(/\n/, "\n        ", text); return "        " text }
/<UnitTestResult / { inside = 1; head = $0; result = ""; if (head ~ /\/>[ \r]*$/) { finished(); inside = 0 } }
inside { result = result $0 "\n" }
/<\/UnitTestResult>/ && inside { finished(); inside = 0 }
END {
    for (i = 1; i <= reasons; i++) {
        reason = order[i]
        print "skipped " count[reason] " × " reason names[reason] (count[reason] > 3 ? "\n            …" : "")
    }
}
