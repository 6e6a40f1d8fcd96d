// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/yaml_text.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "engine/checkpoint/archive_builder.h"

namespace tessera {
namespace {

using namespace test;
using testing::HasSubstr;

std::string refused(const std::string& text) {
    return refusalOf([&] { parseYaml(text, "model.yaml"); }).message;
}

TEST(YamlText, ValuesHaveTheTypesThatPyYamlGivesThem) {
    const nlohmann::json read = parseYaml("a: 1\nb: \"1\"\nc: 4.5e-06\nd: [-2, 3.5]\ne:\nf: yes\ng: False\nh: 010\ni: .inf\nj: text # not this\nk: ~\nl: !!str 7\nm:\n- x\n- y: +1\n", "model.yaml");
    const nlohmann::json expected{{"a", 1}, {"b", "1"}, {"c", 4.5e-06}, {"d", {-2, 3.5}}, {"e", nullptr}, {"f", true}, {"g", false}, {"h", "010"}, {"i", ".inf"}, {"j", "text"}, {"k", nullptr}, {"l", "7"},
                                  {"m", {"x", {{"y", 1}}}}};
    EXPECT_EQ(read, expected);
    EXPECT_TRUE(read.at("a").is_number_integer());
    EXPECT_EQ(parseYaml("", "model.yaml"), nullptr);
    EXPECT_EQ(parseYaml("a: 1\na: 2\n", "model.yaml"), nlohmann::json({{"a", 2}}));
    EXPECT_EQ(parseYaml("a: &x {b: 1}\nc: *x\n", "model.yaml"), nlohmann::json({{"a", {{"b", 1}}}, {"c", {{"b", 1}}}}));
    EXPECT_EQ(parseYaml("a: !!python/object:os.system [rm]\n", "model.yaml"), nlohmann::json({{"a", {"rm"}}})) << "tags build nothing";
}

TEST(YamlText, WhatIsNoYamlIsRefusedByLine) {
    EXPECT_EQ(refused("x: {a: 1\ny: ["), "the file is not YAML in line 2");
    EXPECT_EQ(refused("a: b: c\n"), "the file is not YAML in line 1");
    EXPECT_THAT(refused("? [a]\n: b\n"), HasSubstr("a key that is no text, in line 1"));
    EXPECT_THAT(refused("a: &x {b: 1}\nc:\n  <<: *x\n"), HasSubstr("merges keys (<<), which Tessera does not read, in line 3"));
}

TEST(YamlText, HostileTextsAreBounded) {
    EXPECT_THAT(refused("&a [*a]\n"), HasSubstr("too much to be a config"));
    std::string doubling = "k0: &k0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 9; ++i) {
        const std::string name = joined({"k", std::to_string(i)}), below = joined({"*k", std::to_string(i - 1)});
        doubling += joined({name, ": &", name, " [", below, ", ", below, ", ", below, ", ", below, ", ", below, ", ", below, ", ", below, ", ", below, "]\n"});
    }
    EXPECT_THAT(refused(doubling), HasSubstr("too much to be a config"));
    EXPECT_THAT(refused(joined({std::string(200, '['), std::string(200, ']')})), HasSubstr("too much to be a config"));
    EXPECT_THAT(refused(std::string(100'000, '[')), HasSubstr("the file is not YAML"));
    EXPECT_THAT(refused(std::string((1U << 17U) + 1, '#')), HasSubstr("larger than 128 KiB"));
}

}  // namespace
}  // namespace tessera
