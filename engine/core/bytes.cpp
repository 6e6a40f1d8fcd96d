// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>

#include <tessera/bytes.h>

#include "core/error.h"

namespace tessera {
namespace {

// Layout: "TSR", kind, u32 version, then the fields in order. Integers and IEEE doubles little-endian; text and lists as
// u32 count and items; optional values and flags as one byte 0 or 1; parameters in strictly ascending order of their names.
// What a reader accepts has exactly one spelling: reading and writing again gives the same bytes.
constexpr std::uint32_t kVersion = 4;
enum class Kind : char { Query = 'Q', Picture = 'P', Progress = 'G', Error = 'E' };

static_assert(std::endian::native == std::endian::little, "samples are copied as they lie in memory");

class Writer {
public:
    explicit Writer(Kind kind) {
        for (const char c : {'T', 'S', 'R', static_cast<char>(kind)}) integer(static_cast<std::uint8_t>(c));
        integer(kVersion);
    }

    template <typename I>
    void integer(I value) {
        raw(&value, sizeof value);
    }
    template <typename E>
    void enumeration(E value) {
        integer(static_cast<std::uint8_t>(value));
    }
    void flag(bool value) { integer(static_cast<std::uint8_t>(value ? 1 : 0)); }
    void number(double value) { integer(std::bit_cast<std::uint64_t>(value)); }
    void count(std::size_t size) {
        TESSERA_ASSERT(size <= UINT32_MAX);
        integer(static_cast<std::uint32_t>(size));
    }
    void text(std::string_view value) {
        count(value.size());
        raw(value.data(), value.size());
    }
    void raw(const void* data, std::size_t size) {
        if (size == 0) return;
        const std::size_t end = m_bytes.size();
        m_bytes.resize(end + size);
        std::memcpy(m_bytes.data() + end, data, size);
    }
    void reserve(std::size_t size) { m_bytes.reserve(size); }
    std::vector<std::byte> take() { return std::move(m_bytes); }

private:
    std::vector<std::byte> m_bytes;
};

// Throws Failure(Invalid) at the first byte that cannot be right.
class Reader {
public:
    Reader(std::span<const std::byte> bytes, Kind kind) : m_bytes(bytes), m_size(bytes.size()) {
        for (const char c : {'T', 'S', 'R', static_cast<char>(kind)}) {
            if (integer<std::uint8_t>() != static_cast<std::uint8_t>(c)) fail("the bytes do not begin as they should");
        }
        if (const auto version = integer<std::uint32_t>(); version != kVersion) {
            fail("the bytes have version " + std::to_string(version) + ", only " + std::to_string(kVersion) +
                 " is known");
        }
    }

    template <typename I>
    I integer() {
        I value;
        std::memcpy(&value, take(sizeof value).data(), sizeof value);
        return value;
    }
    template <typename E>
    E enumeration(E last) {
        const auto value = integer<std::uint8_t>();
        if (value > static_cast<std::uint8_t>(last)) fail("a choice has an unknown value");
        return static_cast<E>(value);
    }
    bool flag() { return enumeration(std::byte{1}) != std::byte{0}; }
    double number() { return std::bit_cast<double>(integer<std::uint64_t>()); }
    /// A count of items of at least `itemBytes` each that can still follow.
    std::size_t count(std::size_t itemBytes) {
        const std::size_t size = integer<std::uint32_t>();
        if (size > m_bytes.size() / itemBytes) fail("a list is longer than the bytes that follow");
        return size;
    }
    std::string text() {
        const auto bytes = take(count(1));
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    std::span<const std::byte> take(std::size_t size) {
        if (size > m_bytes.size()) fail("the bytes end too early");
        const auto front = m_bytes.first(size);
        m_bytes = m_bytes.subspan(size);
        return front;
    }
    std::size_t left() const { return m_bytes.size(); }
    void finish() const {
        if (!m_bytes.empty()) fail("bytes follow that belong to nothing");
    }
    [[noreturn]] void fail(std::string message) const {
        throw Failure(ErrorCode::Invalid, std::move(message), "byte " + std::to_string(m_size - m_bytes.size()));
    }

private:
    std::span<const std::byte> m_bytes;  // what is left
    std::size_t m_size;
};

void write(Writer& out, const Value& value) {
    out.integer(static_cast<std::uint8_t>(value.index()));
    if (const auto* held = std::get_if<bool>(&value)) out.flag(*held);
    if (const auto* held = std::get_if<std::int64_t>(&value)) out.integer(*held);
    if (const auto* held = std::get_if<double>(&value)) out.number(*held);
    if (const auto* held = std::get_if<std::string>(&value)) out.text(*held);
}

Value readValue(Reader& in) {
    switch (in.integer<std::uint8_t>()) {
        case 0:
            return in.flag();
        case 1:
            return in.integer<std::int64_t>();
        case 2:
            return in.number();
        case 3:
            return in.text();
        default:
            in.fail("a parameter has an unknown type");
    }
}

void write(Writer& out, const Image& image) {
    out.integer(static_cast<std::int32_t>(image.width()));
    if (image.empty()) return;
    out.integer(static_cast<std::int32_t>(image.height()));
    out.integer(static_cast<std::uint8_t>(image.channels()));
    out.integer(static_cast<std::uint8_t>(image.samples().index()));
    std::visit([&](const auto& held) { out.raw(held.data(), held.span().size_bytes()); }, image.samples());
}

template <typename T>
Image readSamples(Reader& in, int width, int height, int channels) {
    // 2^31 * 2^31 * 5 would not fit: the second product is checked.
    const std::uint64_t pixels = static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height);
    const std::uint64_t count = checkedProduct(pixels, static_cast<std::uint64_t>(channels), "picture size");
    if (count > in.left() / sizeof(T)) in.fail("a picture is larger than the bytes that follow");
    std::vector<T> samples(count);
    std::memcpy(samples.data(), in.take(count * sizeof(T)).data(), count * sizeof(T));
    return Image(width, height, channels, SharedArray<T>(std::move(samples)));
}

Image readImage(Reader& in) {
    const auto width = in.integer<std::int32_t>();
    if (width == 0) return {};
    const auto height = in.integer<std::int32_t>();
    const int channels = in.integer<std::uint8_t>();
    if (width < 0 || height <= 0) in.fail("a picture has no positive size");
    if (channels != 1 && (channels < 3 || channels > 5)) in.fail("a picture has neither 1 nor 3 to 5 channels");
    switch (in.integer<std::uint8_t>()) {
        case 0:
            return readSamples<std::uint8_t>(in, width, height, channels);
        case 1:
            return readSamples<std::uint16_t>(in, width, height, channels);
        case 2:
            return readSamples<float>(in, width, height, channels);
        default:
            in.fail("a picture has samples of an unknown type");
    }
}

void write(Writer& out, const Legend& legend) {
    out.number(legend.low);
    out.number(legend.high);
    out.enumeration(legend.map);
    out.enumeration(legend.unit);
    out.text(legend.label);
}

Legend readLegend(Reader& in) {
    Legend legend;
    legend.low = in.number();
    legend.high = in.number();
    legend.map = in.enumeration(ColourMap::RedWhiteBlue);
    legend.unit = in.enumeration(Unit::LatentUnits);
    legend.label = in.text();
    return legend;
}

void write(Writer& out, const Measure& measure) {
    out.text(measure.name);
    out.flag(measure.value.has_value());
    if (measure.value) out.number(*measure.value);
    out.enumeration(measure.unit);
    out.text(measure.detail);
}

Measure readMeasure(Reader& in) {
    Measure measure;
    measure.name = in.text();
    if (in.flag()) measure.value = in.number();
    measure.unit = in.enumeration(Unit::LatentUnits);
    measure.detail = in.text();
    return measure;
}

void write(Writer& out, const Table::Column& column) {
    out.text(column.name);
    out.enumeration(column.unit);
    out.text(column.detail);
}

Table::Column readColumn(Reader& in) {
    Table::Column column;
    column.name = in.text();
    column.unit = in.enumeration(Unit::LatentUnits);
    column.detail = in.text();
    return column;
}

void write(Writer& out, const Note& note) {
    out.enumeration(note.kind);
    out.text(note.text);
}

Note readNote(Reader& in) {
    Note note;
    note.kind = in.enumeration(Note::Kind::Warning);
    note.text = in.text();
    return note;
}

void write(Writer& out, const StageTiming& timing) {
    out.text(timing.stage);
    out.number(timing.seconds);
    out.flag(timing.cached);
}

StageTiming readTiming(Reader& in) {
    StageTiming timing;
    timing.stage = in.text();
    timing.seconds = in.number();
    timing.cached = in.flag();
    return timing;
}

template <typename T>
void writeList(Writer& out, const std::vector<T>& items) {
    out.count(items.size());
    for (const T& item : items) write(out, item);
}

// Grows with what was read, so that a claimed count alone allocates nothing.
template <typename T>
std::vector<T> readList(Reader& in, std::size_t itemBytes, T (*readItem)(Reader&)) {
    std::vector<T> items;
    for (std::size_t left = in.count(itemBytes); left > 0; --left) items.push_back(readItem(in));
    return items;
}

void write(Writer& out, const CellRef& cell) {
    out.integer(static_cast<std::uint64_t>(cell.source));
    out.integer(static_cast<std::uint64_t>(cell.model));
    out.integer(static_cast<std::uint64_t>(cell.edit));
    out.integer(static_cast<std::int32_t>(cell.frame));
}

CellRef readCell(Reader& in) {
    CellRef cell;
    cell.source = SourceId{in.integer<std::uint64_t>()};
    cell.model = ModelId{in.integer<std::uint64_t>()};
    cell.edit = EditId{in.integer<std::uint64_t>()};
    cell.frame = in.integer<std::int32_t>();
    return cell;
}

Query readQuery(Reader& in) {
    Query query;
    query.lens = in.text();
    query.cell = readCell(in);
    for (std::size_t left = in.count(6); left > 0; --left) {
        std::string name = in.text();
        if (!query.parameters.empty() && name <= query.parameters.rbegin()->first) {
            in.fail("parameters are repeated or out of order");
        }
        query.parameters.emplace_hint(query.parameters.end(), std::move(name), readValue(in));
    }
    query.others = readList<CellRef>(in, 28, readCell);
    return query;
}

// The field mappings promise floats to whoever draws them, Scalar one channel.
void checkMapping(const Reader& in, const Picture& picture) {
    if (picture.image.empty() || picture.mapping == FieldMapping::Colour) return;
    if (!std::holds_alternative<SharedArray<float>>(picture.image.samples())) in.fail("a field does not hold floats");
    if (picture.mapping == FieldMapping::Scalar && picture.image.channels() != 1)
        in.fail("a scalar field has several channels");
    if (picture.mapping == FieldMapping::Ssim && picture.image.channels() != 5) in.fail("an SSIM field lacks its channel");
}

Table readTable(Reader& in) {
    Table table;
    table.columns = readList<Table::Column>(in, 9, readColumn);
    const std::size_t numbers = in.count(8);
    if (table.columns.empty() ? numbers != 0 : numbers % table.columns.size() != 0) in.fail("a table's last row is not whole");
    for (std::size_t i = 0; i < numbers; ++i) table.values.push_back(in.number());
    return table;
}

Readings readReadings(Reader& in) {
    Readings readings;
    for (std::size_t left = in.count(4); left > 0; --left) readings.names.push_back(in.text());
    readings.width = in.integer<std::int32_t>();
    readings.height = in.integer<std::int32_t>();
    readings.shown = in.integer<std::int32_t>();
    const std::size_t numbers = in.count(4);
    if (readings.width < 0 || readings.height < 0) in.fail("readings have a negative size");
    const std::uint64_t cells = checkedProduct(static_cast<std::uint64_t>(readings.width), static_cast<std::uint64_t>(readings.height), "readings");
    if (checkedProduct(cells, readings.names.size(), "readings") != numbers) in.fail("readings do not fill their grid");
    if (numbers > 0 && (readings.shown < 0 || static_cast<std::size_t>(readings.shown) >= readings.names.size())) in.fail("readings show a plane that is not there");
    for (std::size_t i = 0; i < numbers; ++i) readings.values.push_back(std::bit_cast<float>(in.integer<std::uint32_t>()));
    return readings;
}

void write(Writer& out, const Readings& readings) {
    out.count(readings.names.size());
    for (const std::string& name : readings.names) out.text(name);
    out.integer(static_cast<std::int32_t>(readings.width));
    out.integer(static_cast<std::int32_t>(readings.height));
    out.integer(static_cast<std::int32_t>(readings.shown));
    out.count(readings.values.size());
    for (const float value : readings.values) out.integer(std::bit_cast<std::uint32_t>(value));
}

Picture readPicture(Reader& in) {
    Picture picture;
    picture.image = readImage(in);
    picture.mapping = in.enumeration(FieldMapping::Ssim);
    checkMapping(in, picture);
    if (in.flag()) picture.legend = readLegend(in);
    picture.partial = in.flag();
    picture.sourceWidth = in.integer<std::int32_t>();
    picture.sourceHeight = in.integer<std::int32_t>();
    if (picture.sourceWidth < 0 || picture.sourceHeight < 0) in.fail("a source has a negative size");
    picture.region.x = in.number();
    picture.region.y = in.number();
    picture.region.width = in.number();
    picture.region.height = in.number();
    picture.summary = in.text();
    picture.precision = in.text();
    picture.measures = readList<Measure>(in, 10, readMeasure);
    picture.readings = readReadings(in);
    picture.table = readTable(in);
    picture.notes = readList<Note>(in, 5, readNote);
    picture.timings = readList<StageTiming>(in, 13, readTiming);
    return picture;
}

Progress readProgress(Reader& in) {
    Progress progress;
    progress.fraction = in.number();
    if (!(progress.fraction >= 0 && progress.fraction <= 1)) in.fail("a progress is not between 0 and 1");
    progress.stage = in.text();
    if (in.flag()) {
        progress.secondsLeft = in.number();
        if (!std::isfinite(*progress.secondsLeft) || *progress.secondsLeft < 0) in.fail("a time left is not a time");
    }
    return progress;
}

Error readError(Reader& in) {
    Error error;
    error.code = in.enumeration(ErrorCode::Internal);
    error.message = in.text();
    error.where = in.text();
    error.action = in.text();
    return error;
}

template <typename T>
Result<T> read(std::span<const std::byte> bytes, Kind kind, T (*readBody)(Reader&)) {
    try {
        Reader in(bytes, kind);
        T value = readBody(in);
        in.finish();
        return value;
    } catch (const Failure& failure) {
        return failure.error();
    }
}

}  // namespace

std::vector<std::byte> toBytes(const Query& query) {
    Writer out(Kind::Query);
    out.text(query.lens);
    write(out, query.cell);
    out.count(query.parameters.size());
    for (const auto& [name, value] : query.parameters) {
        out.text(name);
        write(out, value);
    }
    writeList(out, query.others);
    return out.take();
}

std::vector<std::byte> toBytes(const Picture& picture) {
    Writer out(Kind::Picture);
    out.reserve(picture.byteSize() + 256);
    write(out, picture.image);
    out.enumeration(picture.mapping);
    out.flag(picture.legend.has_value());
    if (picture.legend) write(out, *picture.legend);
    out.flag(picture.partial);
    out.integer(static_cast<std::int32_t>(picture.sourceWidth));
    out.integer(static_cast<std::int32_t>(picture.sourceHeight));
    for (const double edge : {picture.region.x, picture.region.y, picture.region.width, picture.region.height}) {
        out.number(edge);
    }
    out.text(picture.summary);
    out.text(picture.precision);
    writeList(out, picture.measures);
    write(out, picture.readings);
    writeList(out, picture.table.columns);
    out.count(picture.table.values.size());
    for (const double value : picture.table.values) out.number(value);
    writeList(out, picture.notes);
    writeList(out, picture.timings);
    return out.take();
}

std::vector<std::byte> toBytes(const Progress& progress) {
    Writer out(Kind::Progress);
    out.number(progress.fraction);
    out.text(progress.stage);
    out.flag(progress.secondsLeft.has_value());
    if (progress.secondsLeft) out.number(*progress.secondsLeft);
    return out.take();
}

std::vector<std::byte> toBytes(const Error& error) {
    Writer out(Kind::Error);
    out.enumeration(error.code);
    out.text(error.message);
    out.text(error.where);
    out.text(error.action);
    return out.take();
}

Result<Query> queryFromBytes(std::span<const std::byte> bytes) {
    return read<Query>(bytes, Kind::Query, readQuery);
}

Result<Picture> pictureFromBytes(std::span<const std::byte> bytes) {
    return read<Picture>(bytes, Kind::Picture, readPicture);
}

Result<Progress> progressFromBytes(std::span<const std::byte> bytes) {
    return read<Progress>(bytes, Kind::Progress, readProgress);
}

std::optional<Error> errorFromBytes(std::span<const std::byte> bytes) {
    try {
        Reader in(bytes, Kind::Error);
        Error error = readError(in);
        in.finish();
        return error;
    } catch (const Failure&) {
        return std::nullopt;
    }
}

}  // namespace tessera
