/** Put a text into the clipboard; where the browser forbids it, select it for the person to copy. */
export async function copyText(text: string, field: HTMLInputElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Plain HTTP has no clipboard: fall through to selecting.
  }
  field?.focus();
  field?.select();
  return false;
}
