// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/latent_reader.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include <qfloat16.h>

#include "bridge/cell_board.h"
#include "bridge/cell_wish.h"
#include "bridge/engine_host.h"
#include "bridge/qt_executor.h"
#include "canvas/camera.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 20;
constexpr int kDimensions = 4;  // [1,C,h,w]

template <typename T>
T read(const std::byte* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

float elementAt(const HostTensor& tensor, std::size_t index) {
    const std::byte* from = tensor.bytes.data() + index * byteSize(tensor.type);
    switch (tensor.type) {
        case DType::F32: return read<float>(from);
        case DType::F64: return static_cast<float>(read<double>(from));
        case DType::BF16: return std::bit_cast<float>(std::uint32_t{read<std::uint16_t>(from)} << 16);
        case DType::F16: return read<qfloat16>(from);
        default: return std::nanf("");
    }
}

bool isGrid(const HostTensor& tensor) {
    const bool real = tensor.type == DType::F32 || tensor.type == DType::F64 || tensor.type == DType::BF16 || tensor.type == DType::F16;
    return real && tensor.shape.size() == kDimensions && std::ranges::all_of(tensor.shape, [](std::int64_t length) { return length > 0; }) &&
           tensor.bytes.size() >= static_cast<std::size_t>(tensor.elements()) * byteSize(tensor.type);
}

/// Height and width of what was encoded.
std::optional<std::pair<int, int>> pictureSizeOf(const TensorMap& tensors) {
    const auto size = tensors.find("picture_size");
    if (size == tensors.end() || size->second.type != DType::I64 || size->second.bytes.size() != 2 * sizeof(std::int64_t)) return std::nullopt;
    const std::byte* from = size->second.bytes.data();
    return std::pair(static_cast<int>(read<std::int64_t>(from)), static_cast<int>(read<std::int64_t>(from + sizeof(std::int64_t))));
}

}  // namespace

LatentReader::LatentReader(Session& session, CellBoard& board, EngineHost& host, QObject* parent) : QObject(parent), m_session(session), m_board(board), m_host(host) {
    connect(&host, &EngineHost::stateChanged, this, [this] {
        if (m_engine != m_host.engine()) forget();
    });
}

LatentReader::~LatentReader() = default;

void LatentReader::forget() {
    m_entries.clear();
    m_engine = m_host.engine();
}

void LatentReader::rest() {
    std::erase_if(m_entries, [](const auto& each) { return bool(each.second.job); });
}

std::vector<LatentVector> LatentReader::read(RowId row, double sourceX, double sourceY) {
    std::vector<LatentVector> vectors;
    if (m_engine != m_host.engine()) forget();
    const SourceId source = m_board.source(row);
    if (!m_engine || source == SourceId{}) return vectors;
    const std::vector<Column>& columns = m_session.columns();
    for (const ModelChoice& choice : modelsOf(m_session.groups())) {
        const auto& model = m_host.modelOf(choice).info;
        if (!model || std::ranges::find(model->capabilities, "encode") == model->capabilities.end()) continue;
        // Where a board gives a model several sizes, the current column says which is meant.
        const Column& current = columns[m_session.currentColumn()];
        const auto first = std::ranges::find_if(columns, [&](const Column& column) { return !column.source && column.model == choice; });
        if (first == columns.end()) continue;
        const Column& column = !current.source && current.model == choice ? current : *first;
        const Entry& entry = ask({source, model->id, m_session.frameOf(row), preprocessingOf(column, m_host.lenses())});
        LatentVector vector;
        vector.model = choice;
        vector.error = entry.error;
        if (entry.error) {
            vector.state = LatentVector::State::Failed;
        } else if (entry.latents.bytes.size() > 0) {
            readAt(entry, regionOf(row, column, entry), model->downsample, sourceX, sourceY, vector);
        }
        vectors.push_back(std::move(vector));
    }
    return vectors;
}

/// Of the source that the encoded picture covers: that of a cell which was given the same and shows as many pixels.
Picture::Region LatentReader::regionOf(RowId row, const Column& column, const Entry& entry) const {
    const ParameterSet wanted = preprocessingOf(column, m_host.lenses());
    const std::vector<Column>& columns = m_session.columns();
    for (int i = 0; i < static_cast<int>(columns.size()); ++i) {
        const auto& picture = m_board.cell(row, i).picture;
        if (!picture || picture->partial || picture->image.width() != entry.width || picture->image.height() != entry.height) continue;
        if (preprocessingOf(columns[i], m_host.lenses()) == wanted) return canvas::regionOf(*picture);
    }
    return {};
}

void LatentReader::readAt(const Entry& entry, const Picture::Region& region, int downsample, double sourceX, double sourceY, LatentVector& vector) const {
    const std::int64_t channels = entry.latents.shape[1], rows = entry.latents.shape[2], columns = entry.latents.shape[3];
    vector.rows = static_cast<int>(rows);
    vector.columns = static_cast<int>(columns);
    // Until a cell says which part of the source was encoded, the place is not known.
    if (region.width <= 0 || region.height <= 0) return;
    const double x = (sourceX - region.x) * entry.width / region.width, y = (sourceY - region.y) * entry.height / region.height;
    if (x < 0 || y < 0 || x >= entry.width || y >= entry.height) {
        vector.state = LatentVector::State::Outside;
        return;
    }
    const double side = downsample > 0 ? downsample : double(entry.width) / double(columns);
    vector.column = std::min(static_cast<int>(x / side), static_cast<int>(columns) - 1);
    vector.row = std::min(static_cast<int>(y / side), static_cast<int>(rows) - 1);
    for (std::int64_t channel = 0; channel < channels; ++channel) {
        vector.channels.push_back(elementAt(entry.latents, static_cast<std::size_t>((channel * rows + vector.row) * columns + vector.column)));
    }
    vector.state = LatentVector::State::Ready;
}

LatentReader::Entry& LatentReader::ask(const Key& key) {
    const auto [it, added] = m_entries.try_emplace(key);
    Entry& entry = it->second;
    entry.used = ++m_clock;
    if (!added) return entry;
    entry.ticket = m_clock;
    Observer<TensorMap> observer;
    observer.executor = guiExecutor(this);
    observer.onDone = [this, key, ticket = entry.ticket](const Result<TensorMap>& result) { take(key, ticket, result); };
    const auto& [source, model, frame, parameters] = key;
    entry.job = m_engine->encode({.source = source, .model = model, .frame = frame}, parameters, std::move(observer));
    return entry;
}

void LatentReader::take(const Key& key, std::uint64_t ticket, const Result<TensorMap>& result) {
    const auto it = m_entries.find(key);
    if (it == m_entries.end() || it->second.ticket != ticket) return;
    Entry& entry = it->second;
    entry.job = {};
    if (result.cancelled()) {
        m_entries.erase(it);
        return;
    }
    if (result) {
        const auto latents = result.value().find("latents");
        const auto size = pictureSizeOf(result.value());
        if (size && latents != result.value().end() && isGrid(latents->second)) {
            entry.latents = latents->second;
            std::tie(entry.height, entry.width) = *size;
        } else {
            entry.error = Error{ErrorCode::Unsupported, tr("the latents of this model are no grid of vectors").toStdString(), {}, {}};
        }
    } else {
        entry.error = result.error();
    }
    makeRoom();
    Q_EMIT answered();
}

void LatentReader::makeRoom() {
    const auto bytes = [this] {
        std::size_t sum = 0;
        for (const auto& [key, entry] : m_entries) sum += entry.latents.bytes.size();
        return sum;
    };
    while (m_entries.size() > 1 && bytes() > kMostBytes) {
        const auto oldest = std::ranges::min_element(m_entries, {}, [](const auto& each) { return each.second.used; });
        m_entries.erase(oldest);
    }
}

}  // namespace tessera::ui
