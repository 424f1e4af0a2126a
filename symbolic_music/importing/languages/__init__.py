"""What words of a prompt mean, a file a language: ``en.yaml`` says it in English, the others translate to it."""
