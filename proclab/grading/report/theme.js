"use strict";
{
  const button = document.getElementById("theme");
  const theme = (name) => {
    document.documentElement.dataset.theme = name;
    button.textContent = name === "dark" ? "☀" : "☾";
  };
  theme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  button.addEventListener("click", () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
}
