-- Runs in a headless Neovim: gets a completion through vim.lsp, then withdraws a second request.
-- Prints one JSON document; the test that starts it asserts.
local command = vim.json.decode(vim.env.LEADSMAN_COMMAND)
local seen = { statuses = {}, events = {} }
local LONG_MS = 30000

local function buffer_with(lines, name)
  local buffer = vim.api.nvim_create_buf(true, false)
  vim.api.nvim_buf_set_name(buffer, vim.env.LEADSMAN_FOLDER .. "/" .. name)
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].filetype = "python"
  return buffer
end

local first = buffer_with({ "def add(left, right):", "    smile = '😀'; return " }, "first.py")
local id = assert(vim.lsp.start({
  name = "leadsman",
  cmd = command,
  handlers = {
    ["leadsman/status"] = function(_, params)
      table.insert(seen.statuses, params.state)
    end,
    ["test/event"] = function(_, params)
      table.insert(seen.events, params.what)
    end,
  },
}, { bufnr = first }))
local client = assert(vim.lsp.get_client_by_id(id))
assert(vim.wait(LONG_MS, function()
  return client.initialized and vim.tbl_contains(seen.statuses, "ready")
end, 5), "the server never became ready")
client:notify("test/begin", {})
seen.encoding = client.offset_encoding
seen.capability = client.server_capabilities.inlineCompletionProvider ~= nil

local function ask(buffer, line, column, callback)
  local method = vim.lsp.protocol.Methods.textDocument_inlineCompletion
  return client:request(method, {
    textDocument = vim.lsp.util.make_text_document_params(buffer),
    position = { line = line, character = column },
    context = { triggerKind = 2 },
  }, callback, buffer)
end

local line = vim.api.nvim_buf_get_lines(first, 1, 2, false)[1]
local is_answered = false
ask(first, 1, #line, function(err, result)
  is_answered = true
  seen.err = err
  seen.result = result
end)
assert(vim.wait(LONG_MS, function()
  return is_answered
end, 5), "no answer")

-- The item is applied as an editor would, and an edit after it keeps both sides in step.
if seen.result then
  local item = seen.result.items[1]
  vim.lsp.util.apply_text_edits(
    { { range = item.range, newText = item.insertText } }, first, client.offset_encoding
  )
end
seen.buffer = vim.api.nvim_buf_get_lines(first, 0, -1, false)

-- The first request has started the engine too.
seen.events = {}
local second = buffer_with({ "# script: wait", "result = " }, "second.py")
vim.lsp.buf_attach_client(second, id)
local _, request_id = ask(second, 1, 9, function()
  seen.second_answer = true
end)
assert(vim.wait(LONG_MS, function()
  return vim.tbl_contains(seen.events, "start")
end, 5), "the engine never started")
client:cancel_request(request_id)
seen.kept_until_answered = client.requests[request_id].type
-- Neovim keeps a cancelled request until the server has refused it, and calls nobody back then.
assert(vim.wait(LONG_MS, function()
  return client.requests[request_id] == nil and vim.tbl_contains(seen.events, "cancelled")
end, 5), "the request was not cancelled")

client:stop()
seen.is_stopped = vim.wait(LONG_MS, function()
  return client:is_stopped()
end, 5)
io.stdout:write(vim.json.encode(seen))
