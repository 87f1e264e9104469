#include <boost/json/object.hpp>
#include <memory>

#include "agent/model/revocation_document.hpp"
#include "agent/signature/make_signature.hpp"
#include "agent/signature/signed_document.hpp"
#include "cli/command.hpp"
#include "cli/signing_key_file.hpp"
#include "cli/terminal_text.hpp"
#include "cli/text_file.hpp"
#include "platform/whole_file.hpp"

namespace jitgate::cli {
namespace {

struct SignArguments {
  std::string file;
  std::string key;
  std::string output;
  bool envelope = false;
  bool force = false;
};

constexpr std::string_view kStandardOutput = "-";

std::string output_of(const SignArguments& arguments) {
  if (!arguments.output.empty()) return arguments.output;
  return arguments.envelope ? std::string(kStandardOutput) : arguments.file + ".sig";
}

/// What no host would take is not signed.
Outcome<std::string> read_document(const std::string& path) {
  Outcome<std::string> document = read_file(path);
  if (!document) return document;
  const auto parsed = parse_document(*document);
  if (!parsed) return Failure{ExitCode::failed, path + ": " + describe(parsed.error())};
  if (const auto* grant = std::get_if<Grant>(&*parsed); grant != nullptr && !grant->approver)
    return Failure{ExitCode::failed, path + ": approver: a signed grant names who signs it"};
  return document;
}

Outcome<ExitCode> write(const SignArguments& arguments, const std::string& output, const std::string& text) {
  const auto written = write_whole_file(output, text, arguments.force ? Existing::replace : Existing::keep);
  if (written) return ExitCode::done;
  const bool may_not = written.error().code == errc::not_permitted;
  return Failure{may_not ? ExitCode::not_permitted : ExitCode::failed, describe(written.error())};
}

Outcome<ExitCode> sign(Invocation& invocation, const SignArguments& arguments) {
  Outcome<std::string> document = read_document(arguments.file);
  if (!document) return document.error();
  const auto signer = find_signer(arguments.key, invocation.environment);
  if (!signer) return signer.error();
  auto made = signature::make_signature(*signer, *document);
  if (!made) return Failure{ExitCode::failed, arguments.key + ": " + describe(made.error())};
  const std::string text =
      arguments.envelope ? signature::write_envelope({std::move(*document), std::move(*made)}) : std::move(*made);
  const std::string output = output_of(arguments);
  if (output == kStandardOutput) {
    invocation.environment.out << text;
    return ExitCode::done;
  }
  if (const auto written = write(arguments, output, text); !written) return written.error();
  const std::string key = signature::fingerprint(signer->key.key);
  if (invocation.json) {
    invocation.print_json(boost::json::object{{"document", arguments.file}, {"output", output}, {"fingerprint", key}});
  } else {
    invocation.environment.out << printable(output) << ": signed with " << key << '\n';
  }
  return ExitCode::done;
}

}  // namespace

void add_sign(CLI::App& program, Invocation& invocation) {
  auto arguments = std::make_shared<SignArguments>();
  CLI::App& command = add_subcommand(program, "sign", "sign a grant or a revocation for hosts that take signed ones");
  command.add_option("file", arguments->file, "the document; its exact bytes are signed")->required();
  command.add_option("--key", arguments->key, "private key, or public key or certificate of one that ssh-agent holds")
      ->required();
  command.add_flag("--envelope", arguments->envelope, "document and signature in one, on standard output");
  command.add_option("--output", arguments->output, "where to, \"-\" is standard output (default: FILE.sig)");
  command.add_flag("--force", arguments->force, "replace what is there");
  command.callback([&invocation, arguments] {
    invocation.selected = [&invocation, arguments] { return sign(invocation, *arguments); };
  });
}

}  // namespace jitgate::cli
