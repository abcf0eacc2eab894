-- Runs in a headless Neovim: gets one completion from the real server and puts it into the buffer.
-- Prints the buffer's lines as JSON; the test that starts it asserts.
local command = vim.json.decode(vim.env.LEADSMAN_COMMAND)
local lines = vim.json.decode(vim.env.LEADSMAN_LINES)
local LONG_MS = 120000

local buffer = vim.api.nvim_create_buf(true, false)
vim.api.nvim_buf_set_name(buffer, vim.env.LEADSMAN_FOLDER .. "/real.py")
vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
vim.bo[buffer].filetype = "python"

local state = "starting"
local id = assert(vim.lsp.start({
  name = "leadsman",
  cmd = command,
  handlers = {
    ["leadsman/status"] = function(_, params)
      state = params.state
    end,
  },
}, { bufnr = buffer }))
local client = assert(vim.lsp.get_client_by_id(id))
assert(vim.wait(LONG_MS, function()
  return client.initialized and state == "ready"
end, 20), "the model was not loaded: " .. state)

local row = #lines - 1
local answer
client:request("textDocument/inlineCompletion", {
  textDocument = vim.lsp.util.make_text_document_params(buffer),
  position = { line = row, character = #lines[row + 1] },
  context = { triggerKind = 2 },
}, function(err, result)
  answer = { err = err, result = result }
end, buffer)
assert(vim.wait(LONG_MS, function()
  return answer ~= nil
end, 5), "no answer")
assert(answer.err == nil, vim.inspect(answer.err))
local item = assert(answer.result.items[1], "an empty answer")
vim.lsp.util.apply_text_edits(
  { { range = item.range, newText = item.insertText } }, buffer, client.offset_encoding
)
io.stdout:write(vim.json.encode(vim.api.nvim_buf_get_lines(buffer, 0, -1, false)))
client:stop()
vim.wait(LONG_MS, function()
  return client:is_stopped()
end, 5)
