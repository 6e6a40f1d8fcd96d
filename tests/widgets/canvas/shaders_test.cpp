// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <set>

#include "canvas/shader_program.h"
#include "canvas/shader_source.h"
#include "support/temporary_folder.h"
#include "widgets/canvas/gl_context.h"

namespace tessera::canvas {
namespace {

using testing::AllOf;
using testing::HasSubstr;
namespace fs = std::filesystem;

const fs::path kShaders = fs::path(TESSERA_SOURCE_DIR) / "shaders";

std::string textOf(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The names after "Variants:" in a shader's first lines.
std::vector<std::string> variantsOf(const std::string& text) {
    const std::size_t start = text.find("Variants: ");
    if (start == std::string::npos) return {};
    std::vector<std::string> names(1);
    for (const char c : text.substr(start + 10, text.find('\n', start) - start - 10)) {
        if (c >= 'A' && c <= 'Z') names.back() += c;
        if (c == ',') names.emplace_back();
    }
    return names;
}

std::string failureOf(const std::function<void()>& act) {
    try {
        act();
    } catch (const DrawingFailure& failure) {
        return failure.what();
    }
    return {};
}

/// Compiles one stage; the compiler's words, empty if it has none.
std::string compile(const ShaderLibrary& library, const std::string& path, const std::vector<std::string_view>& defines) {
    const GLuint shader = glCreateShader(path.ends_with(".vert") ? GL_VERTEX_SHADER : GL_FRAGMENT_SHADER);
    const std::string source = library.source(path, defines);
    const char* start = source.c_str();
    glShaderSource(shader, 1, &start, nullptr);
    glCompileShader(shader);
    GLint compiled = 0;
    glGetShaderiv(shader, GL_COMPILE_STATUS, &compiled);
    std::string log(2048, '\0');
    GLsizei length = 0;
    glGetShaderInfoLog(shader, static_cast<GLsizei>(log.size()), &length, log.data());
    log.resize(static_cast<std::size_t>(length));
    glDeleteShader(shader);
    return compiled ? std::string() : "does not compile: " + log;
}

TEST(Shaders, EveryFileCompilesInEveryVariant) {
    test::GlContext context;
    const ShaderLibrary library;
    int compiled = 0;
    for (const auto& entry : fs::recursive_directory_iterator(kShaders)) {
        const std::string extension = entry.path().extension();
        if (extension != ".vert" && extension != ".frag") continue;
        const std::string path = fs::relative(entry.path(), kShaders);
        const auto names = variantsOf(textOf(entry.path()));
        for (std::size_t chosen = 0; chosen < (std::size_t{1} << names.size()); ++chosen) {
            std::vector<std::string_view> defines;
            for (std::size_t i = 0; i < names.size(); ++i) {
                if (chosen & (std::size_t{1} << i)) defines.emplace_back(names[i]);
            }
            EXPECT_EQ(compile(library, path, defines), "") << path << " variant " << chosen;
            ++compiled;
        }
    }
    EXPECT_GE(compiled, 213) << "128 of colour.frag, 16 of field.frag, 64 of difference.frag, the rest once";
}

TEST(Shaders, TheProgramHoldsEveryFile) {
    std::set<std::string> onDisk, embedded;
    for (const auto& entry : fs::recursive_directory_iterator(kShaders)) {
        if (entry.is_regular_file()) onDisk.insert(fs::relative(entry.path(), kShaders));
    }
    for (const EmbeddedShader& shader : embeddedShaders()) {
        embedded.emplace(shader.path);
        EXPECT_EQ(shader.text, textOf(kShaders / shader.path)) << shader.path;
    }
    EXPECT_EQ(embedded, onDisk);
}

TEST(Shaders, AFolderGivesTheSameTextAsTheProgram) {
    EXPECT_EQ(ShaderLibrary(kShaders).source("canvas/field.frag"), ShaderLibrary().source("canvas/field.frag"));
}

TEST(Shaders, IncludesAreReplacedAndVariantsSetAfterTheVersion) {
    const std::vector<std::string_view> defines{"SHARP"};
    const std::string source = ShaderLibrary().source("canvas/field.frag", defines);
    EXPECT_THAT(source, HasSubstr("#version 330 core\n#define SHARP\n"));
    EXPECT_THAT(source, HasSubstr("vec4 sampledPicture()"));
    EXPECT_THAT(source, testing::Not(HasSubstr("#include")));
}

TEST(Shaders, AMissingFileIsNamed) {
    EXPECT_THAT(failureOf([] { ShaderLibrary().source("canvas/none.frag"); }), HasSubstr("canvas/none.frag"));
    EXPECT_THAT(failureOf([] { ShaderLibrary("/nowhere").source("canvas/field.frag"); }), HasSubstr("/nowhere/canvas/field.frag"));
}

TEST(Shaders, AFileThatIncludesItselfIsRefused) {
    const test::TemporaryFolder folder;
    fs::create_directories(folder.path() / "include");
    std::ofstream(folder.path() / "include/loop.glsl") << "#include \"loop.glsl\"\n";
    EXPECT_THAT(failureOf([&] { ShaderLibrary(folder.path()).source("include/loop.glsl"); }), HasSubstr("includes itself"));
}

TEST(Shaders, AMistakeIsReportedWithItsFileAndLine) {
    test::GlContext context;
    const test::TemporaryFolder folder;
    fs::copy(kShaders, folder.path(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    std::ofstream(folder.path() / "canvas/shape.frag")
        << "#version 330 core\n#include \"veil.glsl\"\nout vec4 o_colour;\nvoid main() { o_colour = nothing; }\n";
    const ShaderLibrary library(folder.path());
    EXPECT_THAT(failureOf([&] { ShaderProgram(library, "canvas/shape.vert", "canvas/shape.frag"); }),
                AllOf(HasSubstr("canvas/shape.frag"), HasSubstr(":4("), HasSubstr("nothing")));
}

}  // namespace
}  // namespace tessera::canvas
