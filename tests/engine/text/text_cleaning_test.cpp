// SPDX-License-Identifier: Apache-2.0
// What open_clip does to a text before it cuts it. The expected texts are those of ftfy 6.3.1 and Python 3.11.
#include <chrono>

#include <gtest/gtest.h>

#include "core/error.h"
#include "text/text_cleaning.h"
#include "text/unicode_text.h"

namespace tessera::text {
namespace {

TEST(TextCleaning, ReferencesOfHtml) {
    EXPECT_EQ(htmlUnescaped("&lt;b&gt; &amp;amp; &AMP &notit; &notin; &#65;&#x42 &#150; &#0; &#xD800; &bogus; &"), "<b> &amp; & ¬it; ∉ AB – \uFFFD \uFFFD &bogus; &");
    EXPECT_EQ(htmlUnescaped("&CounterClockwiseContourIntegral;&NotEqualTilde;"), "∳≂̸");
    EXPECT_EQ(htmlUnescaped("&#99999999999999999999;"), "\uFFFD");
}

TEST(TextCleaning, FixesWhatFtfyFixes) {
    EXPECT_EQ(fixedText("\uFB02u\uFB03est \u201Chere\u2019s\u201D"), "fluffiest \"here's\"");
    EXPECT_EQ(fixedText("ＬＯＵＤ　ＮＯＩＳＥＳ ﾊﾝｶｸ"), "LOUD NOISES ハンカク");
    EXPECT_EQ(fixedText("P&EACUTE;REZ &SZLIG; &eacute &nTILDE;"), "PÉREZ SS &eacute &nTILDE;");
    EXPECT_EQ(fixedText("<b>&eacute;</b>"), "<b>&eacute;</b>");  // HTML stays HTML, and so does all behind it
    EXPECT_EQ(fixedText("&eacute;\n<b>\n&eacute;"), "é\n<b>\n&eacute;");
    EXPECT_EQ(fixedText("\x1B[36;44mblue\x1B[0m a\u2028b\r\nc\x07\uFEFF e\u0301"), "blue a\nb\nc é");
}

TEST(TextCleaning, FixesMojibake) {
    EXPECT_EQ(fixedText("schÃ¶n"), "schön");
    EXPECT_EQ(fixedText("âœ” No problems"), "✔ No problems");
    EXPECT_EQ(fixedText("voilÃ  le travail"), "voilà le travail");
    EXPECT_EQ(fixedText("â€œmojibakeâ€\xC2\x9D"), "\"mojibake\"");
    EXPECT_EQ(fixedText("РџСЂРёРІРµС‚"), "Привет");
    EXPECT_EQ(fixedText("AHÅ™, the new sofa from IKEA®"), "AHÅ™, the new sofa from IKEA®");
    EXPECT_EQ(fixedText("ж—Ґжњ¬\uFFFDfix"), "日本\uFFFDfix");
    EXPECT_EQ(fixedText("naïve façade, L’été"), "naïve façade, L'été");
}

TEST(TextCleaning, LowerCaseAsPythonHasIt) {
    EXPECT_EQ(lowerAsPython("ΣΊΣΥΦΟΣ ΟΔΟΣ. Σ Σ'Α"), "σίσυφος οδος. σ σ'α");
    EXPECT_EQ(lowerEach("ΟΔΟΣ"), "οδοσ");
    EXPECT_EQ(lowerAsPython("İI"), "i\u0307i");
}

TEST(TextCleaning, SpacesAsPythonHasThem) {
    EXPECT_EQ(collapsedSpaces("  a\u2003\x1C b\n"), "a b");
    EXPECT_EQ(stripped("\x1F a b\u00A0"), "a b");
    EXPECT_EQ(stripped(" \n "), "");
}

TEST(TextCleaning, Utf8IsChecked) {
    EXPECT_EQ(validUtf8Bytes("aé\xFF"), 3u);
    EXPECT_THROW(checkUtf8("\xED\xA0\x80", "test"), Failure);  // a surrogate
    EXPECT_THROW(checkUtf8("\xC0\x80", "test"), Failure);
    EXPECT_EQ(lossyUtf8("a\xE2\x82z\xF0\x9F\x98\xFF\xC3\xA9"), "a\uFFFDz\uFFFD\uFFFDé");
}

TEST(TextCleaning, TextsThatGrowOrNestEndInAnError) {
    EXPECT_THROW(replaced(std::string(1 << 20, 'a'), "a", std::string(1024, 'b')), Failure);
    std::string nested = "&";
    for (int i = 0; i < 2000; ++i) nested += "amp;";
    EXPECT_THROW(fixedText(nested), Failure);
    std::string marks = "a";
    for (int i = 0; i < 2000; ++i) marks += "\u0301\u0323";
    EXPECT_THROW(normalized(marks, NormalForm::C), Failure);
}

TEST(TextCleaning, AMegabyteIsCleanedInSeconds) {
    for (const std::string_view part : {"é", "&amp;", "Ã¶", "\x1B[", "a ", "\u0395\u03A3"}) {
        std::string text;
        while (text.size() < (1 << 20)) text += part;
        const auto begin = std::chrono::steady_clock::now();
        lowerAsPython(openClipCleaned(text));
        EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), 20) << part;
    }
}

}  // namespace
}  // namespace tessera::text
