/*
 * libsignet for C++17: RAII handles over signet.h, header-only.
 *
 * Each class owns one handle and is move-only. What fails throws signet::error,
 * which carries the status and the message. Texts and bytes go in as
 * std::string_view and come out as views into the object they came from.
 * There is no logic here: everything is one call of the C ABI.
 */
#ifndef SIGNET_HPP
#define SIGNET_HPP

#include <array>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "signet.h"

namespace signet {

/* What went wrong: a status, a message, and where. */
class error : public std::exception {
 public:
  error(signet_status status, std::string message, std::optional<std::uint64_t> position)
      : status_(status), message_(std::move(message)), position_(position) {}

  signet_status status() const noexcept { return status_; }
  /* The byte offset or index the error is about, if there is one. */
  std::optional<std::uint64_t> position() const noexcept { return position_; }
  const char *what() const noexcept override { return message_.c_str(); }

 private:
  signet_status status_;
  std::string message_;
  std::optional<std::uint64_t> position_;
};

namespace detail {

template <auto Free>
struct deleter {
  template <typename T>
  void operator()(T *handle) const noexcept {
    Free(handle);
  }
};

template <typename T, auto Free>
using handle = std::unique_ptr<T, deleter<Free>>;

inline const std::uint8_t *bytes(std::string_view text) {
  return reinterpret_cast<const std::uint8_t *>(text.data());
}

inline std::string_view view(const std::uint8_t *data, std::size_t len) {
  return {reinterpret_cast<const char *>(data), data ? len : 0};
}

[[noreturn]] inline void raise(signet_status status, signet_error *raw) {
  handle<signet_error, signet_error_free> owned(raw);
  std::size_t len = 0;
  const std::uint8_t *text = signet_error_message(raw, &len);
  std::string message(text ? std::string(view(text, len)) : signet_status_name(status));
  const std::uint64_t position = signet_error_position(raw);
  throw error(status, std::move(message),
              position == SIGNET_NO_POSITION ? std::nullopt : std::optional(position));
}

/* Calls a function of the C ABI whose last argument is the error. */
template <typename... Params, typename... Args>
void call(signet_status (*function)(Params...), Args &&...args) {
  signet_error *raw = nullptr;
  const signet_status status = function(std::forward<Args>(args)..., &raw);
  if (status != SIGNET_OK) raise(status, raw);
}

}  // namespace detail

/* Bytes that the library made. */
class buffer {
 public:
  explicit buffer(signet_buffer *owned) : handle_(owned) {}
  std::string_view view() const noexcept {
    std::size_t len = 0;
    const std::uint8_t *data = signet_buffer_data(handle_.get(), &len);
    return detail::view(data, len);
  }
  std::string str() const { return std::string(view()); }

 private:
  detail::handle<signet_buffer, signet_buffer_free> handle_;
};

class public_key {
 public:
  explicit public_key(signet_public_key *owned) : handle_(owned) {}

  /* "ed25519:<base64>", bare base64, or did:key. */
  static public_key parse(std::string_view text) {
    signet_public_key *raw = nullptr;
    detail::call(signet_public_key_parse, detail::bytes(text), text.size(), &raw);
    return public_key(raw);
  }
  static public_key from_bytes(const std::array<std::uint8_t, SIGNET_PUBLIC_KEY_LEN> &bytes) {
    signet_public_key *raw = nullptr;
    detail::call(signet_public_key_from_bytes, bytes.data(), &raw);
    return public_key(raw);
  }

  std::array<std::uint8_t, SIGNET_PUBLIC_KEY_LEN> bytes() const {
    std::array<std::uint8_t, SIGNET_PUBLIC_KEY_LEN> out{};
    detail::call(signet_public_key_bytes, get(), out.data());
    return out;
  }
  /* `form` is a SIGNET_KEY_TEXT_... constant. */
  std::string_view text(std::int32_t form = SIGNET_KEY_TEXT_PREFIXED) const noexcept {
    std::size_t len = 0;
    const std::uint8_t *data = signet_public_key_text(get(), form, &len);
    return detail::view(data, len);
  }
  /* Throws unless the signature verifies. */
  void verify(std::string_view message,
              const std::array<std::uint8_t, SIGNET_SIGNATURE_LEN> &signature) const {
    detail::call(signet_public_key_verify, get(), detail::bytes(message), message.size(),
                 signature.data());
  }
  const signet_public_key *get() const noexcept { return handle_.get(); }

 private:
  detail::handle<signet_public_key, signet_public_key_free> handle_;
};

class keypair {
 public:
  using signature = std::array<std::uint8_t, SIGNET_SIGNATURE_LEN>;
  /* Signs for a key whose secret is elsewhere; must not throw. */
  using signer = std::function<std::optional<signature>(std::string_view message)>;

  explicit keypair(signet_keypair *owned) : handle_(owned) {}

  static keypair generate() {
    signet_keypair *raw = nullptr;
    detail::call(signet_keypair_generate, &raw);
    return keypair(raw);
  }
  /* A 32-byte seed, or 64 bytes: seed and public key. */
  static keypair from_secret(std::string_view secret) {
    signet_keypair *raw = nullptr;
    detail::call(signet_keypair_from_secret, detail::bytes(secret), secret.size(), &raw);
    return keypair(raw);
  }
  static keypair from_signer(const public_key &key, signer sign) {
    signet_keypair *raw = nullptr;
    auto owned = std::make_unique<signer>(std::move(sign));
    /* The library frees the signer, also when the call fails. */
    detail::call(signet_keypair_from_signer, key.get(), &keypair::call_signer,
                 static_cast<void *>(owned.release()), &keypair::free_signer, &raw);
    return keypair(raw);
  }

  signet::public_key public_key() const {
    signet_public_key *raw = nullptr;
    detail::call(signet_keypair_public_key, get(), &raw);
    return signet::public_key(raw);
  }
  signature sign(std::string_view message) const {
    signature out{};
    detail::call(signet_keypair_sign, get(), detail::bytes(message), message.size(), out.data());
    return out;
  }
  const signet_keypair *get() const noexcept { return handle_.get(); }

 private:
  static std::int32_t call_signer(const std::uint8_t *message, std::size_t len,
                                  std::uint8_t *signature_out, void *user_data) noexcept {
    try {
      const auto made = (*static_cast<signer *>(user_data))(detail::view(message, len));
      if (!made) return 1;
      for (std::size_t i = 0; i < made->size(); ++i) signature_out[i] = (*made)[i];
      return 0;
    } catch (...) {
      return 2;
    }
  }
  static void free_signer(void *user_data) noexcept { delete static_cast<signer *>(user_data); }

  detail::handle<signet_keypair, signet_keypair_free> handle_;
};

class receipt {
 public:
  explicit receipt(signet_receipt *owned) : handle_(owned) {}

  static receipt sign(const keypair &key, std::string_view action, std::string_view name,
                      std::string_view owner = {},
                      const signet_sign_options *options = nullptr) {
    signet_receipt *raw = nullptr;
    detail::call(signet_receipt_sign, key.get(), detail::bytes(action), action.size(),
                 detail::bytes(name), name.size(), detail::bytes(owner), owner.size(), options,
                 &raw);
    return receipt(raw);
  }
  static receipt parse(std::string_view json, const signet_parse_options *options = nullptr) {
    signet_receipt *raw = nullptr;
    detail::call(signet_receipt_parse, detail::bytes(json), json.size(), options, &raw);
    return receipt(raw);
  }

  /* Throws unless one of the keys signed it and everything in it holds. */
  void verify(const std::vector<const public_key *> &trusted,
              const signet_verify_options *options = nullptr) const {
    std::vector<const signet_public_key *> raw;
    raw.reserve(trusted.size());
    for (const public_key *key : trusted) raw.push_back(key->get());
    detail::call(signet_receipt_verify, get(), raw.data(), raw.size(), options);
  }
  void verify(const public_key &trusted, const signet_verify_options *options = nullptr) const {
    verify(std::vector<const public_key *>{&trusted}, options);
  }

  std::string_view json() const noexcept {
    std::size_t len = 0;
    const std::uint8_t *data = signet_receipt_json(get(), &len);
    return detail::view(data, len);
  }
  std::string_view params() const noexcept {
    std::size_t len = 0;
    const std::uint8_t *data = signet_receipt_params(get(), &len);
    return detail::view(data, len);
  }
  /* `field` is a SIGNET_FIELD_... constant; nothing if the receipt has none. */
  std::optional<std::string_view> text(std::int32_t field) const noexcept {
    std::size_t len = 0;
    const std::uint8_t *data = signet_receipt_text(get(), field, &len);
    if (!data) return std::nullopt;
    return detail::view(data, len);
  }
  std::uint32_t version() const noexcept { return signet_receipt_version(get()); }
  /* Milliseconds since 1970-01-01T00:00:00Z. */
  std::int64_t unix_ms() const {
    std::int64_t out = 0;
    detail::call(signet_receipt_time, get(), &out);
    return out;
  }
  const signet_receipt *get() const noexcept { return handle_.get(); }

 private:
  detail::handle<signet_receipt, signet_receipt_free> handle_;
};

/* Named identities on disk. */
class keystore {
 public:
  explicit keystore(std::string_view home, const signet_keystore_options *options = nullptr) {
    signet_keystore *raw = nullptr;
    detail::call(signet_keystore_open, detail::bytes(home), home.size(), options, &raw);
    handle_.reset(raw);
  }

  /* An empty passphrase only with SIGNET_KEY_UNENCRYPTED in `flags`. */
  keypair create(std::string_view name, std::string_view owner, std::string_view passphrase,
                 std::uint32_t flags = 0) const {
    signet_keypair *raw = nullptr;
    detail::call(signet_keystore_create, get(), detail::bytes(name), name.size(),
                 detail::bytes(owner), owner.size(), detail::bytes(passphrase), passphrase.size(),
                 flags, &raw);
    return keypair(raw);
  }
  keypair load(std::string_view name, std::string_view passphrase = {}) const {
    signet_keypair *raw = nullptr;
    detail::call(signet_keystore_load, get(), detail::bytes(name), name.size(),
                 detail::bytes(passphrase), passphrase.size(), &raw);
    return keypair(raw);
  }
  signet::public_key public_key(std::string_view name) const {
    signet_public_key *raw = nullptr;
    detail::call(signet_keystore_public_key, get(), detail::bytes(name), name.size(), &raw);
    return signet::public_key(raw);
  }
  void change_passphrase(std::string_view name, std::string_view current, std::string_view next,
                         std::uint32_t flags = 0) const {
    detail::call(signet_keystore_change_passphrase, get(), detail::bytes(name), name.size(),
                 detail::bytes(current), current.size(), detail::bytes(next), next.size(), flags);
  }
  void remove(std::string_view name) const {
    detail::call(signet_keystore_delete, get(), detail::bytes(name), name.size());
  }
  /* A JSON array; see signet_keystore_list(). */
  std::string list() const {
    signet_buffer *raw = nullptr;
    detail::call(signet_keystore_list, get(), &raw);
    return buffer(raw).str();
  }
  const signet_keystore *get() const noexcept { return handle_.get(); }

 private:
  detail::handle<signet_keystore, signet_keystore_free> handle_;
};

/* Seals the params of one signer's records and opens them; cannot sign. */
class params_key {
 public:
  using secret = std::array<std::uint8_t, SIGNET_PARAMS_KEY_LEN>;

  explicit params_key(const keypair &owner) {
    signet_params_key *raw = nullptr;
    detail::call(signet_params_key_derive, owner.get(), &raw);
    handle_.reset(raw);
  }
  /* Of the bytes that the signer has lent. */
  params_key(const public_key &signer, const secret &lent) {
    signet_params_key *raw = nullptr;
    detail::call(signet_params_key_from_bytes, signer.get(), lent.data(), &raw);
    handle_.reset(raw);
  }

  /* The bytes to lend; whoever has them answers for wiping them. */
  secret bytes() const {
    secret out{};
    detail::call(signet_params_key_export, get(), out.data());
    return out;
  }
  /* The record to append instead of the receipt. */
  buffer seal(std::string_view receipt) const {
    signet_buffer *raw = nullptr;
    detail::call(signet_params_key_seal, get(), detail::bytes(receipt), receipt.size(), &raw);
    return buffer(raw);
  }
  /* The receipt's JSON text, which is wiped with the buffer. */
  buffer open(std::string_view record) const {
    signet_buffer *raw = nullptr;
    detail::call(signet_params_key_open, get(), detail::bytes(record), record.size(), &raw);
    return buffer(raw);
  }
  const signet_params_key *get() const noexcept { return handle_.get(); }

 private:
  detail::handle<signet_params_key, signet_params_key_free> handle_;
};

/* The audit log of a home folder. */
class log {
 public:
  explicit log(std::string_view home, const keypair *control_key = nullptr,
               const keypair *log_key = nullptr, const signet_log_options *options = nullptr) {
    signet_log *raw = nullptr;
    detail::call(signet_log_open, detail::bytes(home), home.size(),
                 control_key ? control_key->get() : nullptr, log_key ? log_key->get() : nullptr,
                 options, &raw);
    handle_.reset(raw);
  }

  signet_log_entry append(std::string_view record) const {
    signet_log_entry out{};
    detail::call(signet_log_append, get(), detail::bytes(record), record.size(), &out);
    return out;
  }
  signet_log_entry append(const receipt &record) const { return append(record.json()); }
  std::uint64_t size() const noexcept { return signet_log_len(get()); }
  /* The record's line, as it stands in the log. */
  std::string line(std::uint64_t index) const {
    signet_log_record *raw = nullptr;
    detail::call(signet_log_read, get(), index, &raw);
    detail::handle<signet_log_record, signet_log_record_free> owned(raw);
    std::size_t len = 0;
    const std::uint8_t *data = signet_log_record_line(raw, &len);
    return std::string(detail::view(data, len));
  }
  /* Throws the verdict unless it is OK. */
  signet_log_report verify(const signet_log_verify_options *options = nullptr) const {
    signet_log_report out{};
    detail::call(signet_log_verify, get(), nullptr, std::size_t{0}, options,
                 static_cast<signet_finding_callback>(nullptr),
                 static_cast<signet_progress_callback>(nullptr), static_cast<void *>(nullptr),
                 &out);
    return out;
  }
  /* A c2sp.org/tlog-proof@v1 file. */
  std::string prove(std::uint64_t index) const {
    signet_buffer *raw = nullptr;
    detail::call(signet_log_prove, get(), index, &raw);
    return buffer(raw).str();
  }
  std::string verifier_key() const {
    signet_buffer *raw = nullptr;
    detail::call(signet_log_verifier_key, get(), &raw);
    return buffer(raw).str();
  }
  /* Writes the records that a query matches as an evidence bundle into a new folder;
     answers what the exporter signed. */
  std::string write_bundle(std::string_view folder, const keypair &exporter,
                           std::string_view name, std::string_view query = {},
                           const signet_bundle_options *options = nullptr) const {
    signet_buffer *raw = nullptr;
    detail::call(signet_log_write_bundle, get(), detail::bytes(query), query.size(),
                 detail::bytes(folder), folder.size(), exporter.get(), detail::bytes(name),
                 name.size(), options, &raw);
    return buffer(raw).str();
  }
  /* Frees the log; throws if something could not be made durable. */
  void close() {
    detail::call(signet_log_close, get());
    handle_.reset();
  }
  const signet_log *get() const noexcept { return handle_.get(); }

 private:
  detail::handle<signet_log, signet_log_free> handle_;
};

/* Throws the verdict on an evidence bundle unless it is OK. The report, a JSON text,
   is set whenever there is a verdict. */
inline void verify_bundle(std::string_view folder, const std::vector<const public_key *> &exporters,
                          const signet_bundle_verify_options *options = nullptr,
                          std::string *report = nullptr) {
  std::vector<const signet_public_key *> keys;
  keys.reserve(exporters.size());
  for (const public_key *key : exporters) keys.push_back(key->get());
  signet_buffer *raw = nullptr;
  signet_error *failure = nullptr;
  const signet_status status =
      signet_bundle_verify(detail::bytes(folder), folder.size(), keys.data(), keys.size(), options,
                           &raw, &failure);
  buffer owned(raw);
  if (report) *report = owned.str();
  if (status != SIGNET_OK) detail::raise(status, failure);
}

/* What opening a log would change: a JSON text. */
inline std::string plan_repair(std::string_view audit_folder) {
  signet_buffer *raw = nullptr;
  detail::call(signet_log_plan_repair, detail::bytes(audit_folder), audit_folder.size(), &raw);
  return buffer(raw).str();
}

/* The canonical form of a JSON text (RFC 8785). */
inline std::string canonicalize(std::string_view json,
                                const signet_parse_options *options = nullptr) {
  signet_buffer *raw = nullptr;
  detail::call(signet_json_canonicalize, detail::bytes(json), json.size(), options, &raw);
  return buffer(raw).str();
}

/* The action of an MCP "tools/call" request, ready to sign. */
inline std::string action_from_tools_call(std::string_view request, std::string_view target,
                                          std::string_view transport = "stdio",
                                          const signet_parse_options *options = nullptr) {
  signet_buffer *raw = nullptr;
  detail::call(signet_action_from_tools_call, detail::bytes(request), request.size(),
               detail::bytes(target), target.size(), detail::bytes(transport), transport.size(),
               options, &raw);
  return buffer(raw).str();
}

}  // namespace signet

#endif  // SIGNET_HPP
